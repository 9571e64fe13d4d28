# The part of simplejpeg that this project uses.
from typing import Any

import numpy as np
from numpy.typing import NDArray

def decode_jpeg_header(data: Any, strict: bool = ...) -> tuple[int, int, str, str]: ...
def decode_jpeg(
    data: Any,
    colorspace: str = ...,
    min_width: int = ...,
    min_factor: float = ...,
    strict: bool = ...,
) -> NDArray[np.uint8]: ...
def encode_jpeg(
    image: NDArray[np.uint8],
    quality: int = ...,
    colorspace: str = ...,
    colorsubsampling: str = ...,
    fastdct: bool = ...,
) -> bytes: ...
