from typing import Any

def validate_js_path(
    registered_paths: Any, package_name: str, path_in_package_dist: str
) -> None: ...
