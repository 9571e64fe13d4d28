"""What each family of sensors makes of the kernel's files."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from hardware.sensors import find_sources
from hardware.sensors.clock import Clock, clock_error_us
from hardware.sensors.cpu import Cpu
from hardware.sensors.disk import Disk
from hardware.sensors.hwmon import find_hwmon_chips
from hardware.sensors.iio import find_iio_devices
from hardware.sensors.memory import Memory
from hardware.sensors.source import Outcome, Source, read_all
from hardware.sensors.thermal import find_thermal_zones
from hardware.sensors.throttling import decode, find_throttling
from hardware.sensors.wifi import find_wifi
from tests.hardware.faketree import FIRMWARE, FakeTree


@pytest.fixture
def tree(tmp_path: Path) -> FakeTree:
    return FakeTree(tmp_path / "root")


def said(sources: Iterable[Source]) -> dict[str, Outcome]:
    return {name: value for source in sources for name, value in read_all(source).items()}


def units(sources: Iterable[Source]) -> dict[str, str]:
    return {channel.name: channel.kind.unit for source in sources for channel in source.channels}


def labels(sources: Iterable[Source]) -> dict[str, str]:
    return {channel.name: channel.label for source in sources for channel in source.channels}


def test_a_raspberry_pi_shows_each_sensor_once_with_a_stable_name(tree: FakeTree) -> None:
    tree.raspberry_pi()
    found = units(find_sources(tree.root, tree.root))
    assert {
        "thermal.cpu-thermal": "°C",
        "hwmon.rpi_volt.in0.lcrit_alarm": "",
        "iio.bme280@1-0076.temp": "°C",
        "iio.bme280@1-0076.pressure": "hPa",
        "iio.bme280@1-0076.humidityrelative": "%",
        "wifi.wlan0.signal": "dBm",
        "cpu.load": "%",
        "load.15min": "",
        "memory.available": "B",
        "uptime": "s",
        "disk.free": "B",
        "clock.synchronized": "",
        "pi.under-voltage.occurred": "",
    }.items() <= found.items()
    assert not any(name.startswith("hwmon.cpu_thermal") for name in found)


def test_every_source_has_an_outcome_for_each_of_its_channels(tree: FakeTree) -> None:
    tree.raspberry_pi()
    for source in find_sources(tree.root, tree.root):
        assert set(read_all(source)) == {channel.name for channel in source.channels}


def test_this_very_machine_can_be_read(tmp_path: Path) -> None:
    found = said(find_sources(Path("/"), tmp_path))
    assert isinstance(found["memory.used"], float)
    assert isinstance(found["disk.free"], float)


def test_an_empty_tree_has_no_sensors_but_disk_and_clock(tree: FakeTree) -> None:
    tree.root.mkdir()
    found = find_sources(tree.root, tree.root)
    assert set(units(found)) == {"disk.used", "disk.free", "clock.synchronized"}


def test_a_thermal_zone_is_in_degrees(tree: FakeTree) -> None:
    tree.zone("cpu-thermal", 51608)
    assert said(find_thermal_zones(tree.root)) == {"thermal.cpu-thermal": pytest.approx(51.608)}
    assert labels(find_thermal_zones(tree.root)) == {"thermal.cpu-thermal": "CPU temperature"}


def test_zones_of_one_kind_are_numbered_in_the_order_of_their_devices(tree: FakeTree) -> None:
    for number in (10, 2, 0):
        tree.zone("acpitz", 1000 * number, number)
    assert said(find_thermal_zones(tree.root)) == {
        "thermal.acpitz": 0,
        "thermal.acpitz.2": 2,
        "thermal.acpitz.3": 10,
    }


def test_a_zone_that_has_no_temperature_says_so(tree: FakeTree) -> None:
    tree.zone("gpu-thermal", -274000)
    assert said(find_thermal_zones(tree.root)) == {
        "thermal.gpu-thermal": "cannot be read: the zone has no temperature now"
    }


def test_hwmon_inputs_are_scaled_as_the_kernel_documents(tree: FakeTree) -> None:
    tree.chip(
        3,
        "platform/board",
        {
            "name": "board",
            "temp1_input": -1500,
            "temp1_label": "Outside",
            "temp1_max": 80000,
            "fan1_input": 2100,
            "in0_input": 3312,
            "curr1_input": 1250,
            "power1_average": 4_500_000,
            "humidity1_input": 43210,
            "temp1_crit_alarm": 1,
        },
    )
    assert said(find_hwmon_chips(tree.root)) == pytest.approx(
        {
            "hwmon.board.temp1": -1.5,
            "hwmon.board.fan1": 2100,
            "hwmon.board.in0": 3.312,
            "hwmon.board.curr1": 1.25,
            "hwmon.board.power1": 4.5,
            "hwmon.board.humidity1": 43.21,
            "hwmon.board.temp1.crit_alarm": 1,
        }
    )
    assert units(find_hwmon_chips(tree.root))["hwmon.board.power1"] == "W"
    told = labels(find_hwmon_chips(tree.root))
    assert told["hwmon.board.temp1"] == "board Outside"
    assert told["hwmon.board.fan1"] == "board fan 1"
    assert told["hwmon.board.temp1.crit_alarm"] == "board Outside critically high"


def test_an_average_beside_an_input_is_not_a_second_sensor(tree: FakeTree) -> None:
    tree.chip(0, "platform/a", {"name": "a", "power1_input": 1, "power1_average": 2})
    assert list(units(find_hwmon_chips(tree.root))) == ["hwmon.a.power1"]


def test_a_chip_on_a_bus_keeps_its_name_whatever_number_the_kernel_gives_it(
    tree: FakeTree, tmp_path: Path
) -> None:
    other = FakeTree(tmp_path / "other")
    for place, order in ((tree, (0, 1)), (other, (1, 0))):
        for number, device in zip(order, ("1-0040", "1-0041"), strict=True):
            volts = {"name": "ina219", "in1_input": device[-2:]}
            place.chip(number, f"platform/i2c-1/{device}", volts, bus="i2c")
    assert said(find_hwmon_chips(tree.root)) == said(find_hwmon_chips(other.root))
    assert set(units(find_hwmon_chips(tree.root))) == {
        "hwmon.ina219@1-0040.in1",
        "hwmon.ina219@1-0041.in1",
    }


def test_one_input_that_fails_does_not_stop_the_chips_others(tree: FakeTree) -> None:
    tree.chip(0, "platform/a", {"name": "a", "temp1_input": 20000, "temp2_input": "N/A"})
    (tree.root / "sys/class/hwmon/hwmon0/temp3_input").mkdir()  # reading it is EISDIR
    assert said(find_hwmon_chips(tree.root)) == {
        "hwmon.a.temp1": 20.0,
        "hwmon.a.temp2": "cannot be read: temp2_input says 'N/A', which is no number",
        "hwmon.a.temp3": "cannot be read: Is a directory",
    }


def test_a_bus_that_answers_with_an_error_is_a_reason(tree: FakeTree) -> None:
    tree.chip(0, "platform/a", {"name": "a", "temp1_input": 20000})
    (tree.root / "sys/class/hwmon/hwmon0/temp2_input").symlink_to("/proc/self/mem")  # EIO at 0
    assert said(find_hwmon_chips(tree.root)) == {
        "hwmon.a.temp1": 20.0,
        "hwmon.a.temp2": "cannot be read: Input/output error",
    }


def test_iio_processed_values_have_their_documented_units(tree: FakeTree) -> None:
    tree.raspberry_pi()
    assert said(find_iio_devices(tree.root)) == pytest.approx(
        {
            "iio.bme280@1-0076.temp": 23.48,
            "iio.bme280@1-0076.pressure": 983.1265625,
            "iio.bme280@1-0076.humidityrelative": 41.215,
        }
    )


def test_iio_raw_values_are_offset_before_they_are_scaled(tree: FakeTree) -> None:
    tree.iio(
        0,
        "i2c-1/1-0048",
        {
            "name": "ads1115",
            "label": "Battery",
            "in_voltage0_raw": 16000,
            "in_voltage0_scale": "0.125",
            "in_voltage1_raw": 100,
            "in_voltage_scale": "2.0",
            "in_voltage0-voltage1_raw": -50,
            "in_voltage-voltage_scale": "3.0",
            "in_temp_raw": 1000,
            "in_temp_offset": -200,
            "in_temp_scale": "31.25",
            "in_voltage0_label": "cell",
        },
    )
    assert said(find_iio_devices(tree.root)) == pytest.approx(
        {
            "iio.ads1115@1-0048.voltage0": 2.0,
            "iio.ads1115@1-0048.voltage1": 0.2,
            "iio.ads1115@1-0048.voltage0-voltage1": -0.15,
            "iio.ads1115@1-0048.temp": 25.0,
        }
    )
    assert labels(find_iio_devices(tree.root))["iio.ads1115@1-0048.voltage0"] == "Battery cell"


def test_iio_axes_share_a_scale_and_histories_of_the_chip_are_left_out(tree: FakeTree) -> None:
    axes = {f"in_accel_{axis}_raw": value for axis, value in (("x", 100), ("y", 0), ("z", 1000))}
    tree.iio(
        0,
        "spi0/spi0.1",
        {
            "name": "adxl345",
            "in_accel_scale": "0.00980665",
            "in_accel_x_peak_raw": 1,
            "in_timestamp_raw": 1,
        }
        | axes,
        bus="spi",
    )
    assert said(find_iio_devices(tree.root)) == pytest.approx(
        {
            "iio.adxl345@spi0.1.accel_x": 0.980665,
            "iio.adxl345@spi0.1.accel_y": 0,
            "iio.adxl345@spi0.1.accel_z": 9.80665,
        }
    )


def test_iio_prefers_the_processed_value_to_the_raw_one(tree: FakeTree) -> None:
    tree.iio(0, "i2c-1/1-0029", {"name": "tsl", "in_illuminance_input": 7, "in_illuminance_raw": 9})
    assert said(find_iio_devices(tree.root)) == {"iio.tsl@1-0029.illuminance": 7}


@pytest.mark.parametrize(
    ("bits", "now", "occurred"),
    [
        (0x0, set[str](), set[str]()),
        (0x50005, {"under-voltage", "throttled"}, {"under-voltage", "throttled"}),
        (0x20000, set(), {"frequency-capped"}),
        (0x80008, {"soft-temperature-limit"}, {"soft-temperature-limit"}),
    ],
)
def test_the_firmwares_bits_mean_what_vcgencmd_documents(
    bits: int, now: set[str], occurred: set[str]
) -> None:
    is_set = {name for name, value in decode(bits).items() if value}
    assert is_set == {f"{name}.now" for name in now} | {f"{name}.occurred" for name in occurred}


def test_what_has_occurred_is_remembered_when_the_kernel_forgets_it(tree: FakeTree) -> None:
    file = tree.write(f"{FIRMWARE}/get_throttled", "1")
    (source,) = find_throttling(tree.root)
    assert source.read()["pi.under-voltage.now"] == 1
    file.write_text("0\n")
    assert source.read()["pi.under-voltage.now"] == 0
    assert source.read()["pi.under-voltage.occurred"] == 1
    assert source.read()["pi.throttled.occurred"] == 0


def test_the_firmwares_file_is_found_by_its_driver_where_its_path_differs(tree: FakeTree) -> None:
    tree.write("sys/devices/platform/soc@1/firmware/get_throttled", "4")
    tree.link(
        "sys/bus/platform/drivers/raspberrypi-firmware/firmware",
        "sys/devices/platform/soc@1/firmware",
    )
    assert said(find_throttling(tree.root))["pi.throttled.now"] == 1


def test_cpu_load_is_the_busy_share_since_the_last_look(tree: FakeTree) -> None:
    #                              user nice sys idle iowait irq softirq steal guest
    tree.write("proc/stat", "cpu  100 0 100 800 0 0 0 0 50\ncpu0 100 0 100 800 0 0 0 0 50\nintr 1")
    cpu = Cpu(tree.root)
    assert cpu.read()["cpu.load"] == "is known from the second look on"
    tree.write("proc/stat", "cpu  150 0 125 860 15 0 0 0 90\ncpu0 100 0 100 900 0 0 0 0 50\nintr 1")
    assert cpu.read() == pytest.approx({"cpu.load": 50.0, "cpu.core0.load": 0.0})


def test_a_look_too_soon_repeats_the_last_load_and_counts_for_the_next(tree: FakeTree) -> None:
    tree.write("proc/stat", "cpu 0 0 0 0 0 0 0 0")
    cpu = Cpu(tree.root)
    found: list[Outcome] = []
    for busy, idle in ((10, 30), (19, 30), (20, 40)):
        tree.write("proc/stat", f"cpu {busy} 0 0 {idle} 0 0 0 0")
        found.append(cpu.read()["cpu.load"])
    assert found == [25.0, 25.0, 50.0]


def test_a_core_that_is_switched_off_says_so(tree: FakeTree) -> None:
    tree.write("proc/stat", "cpu 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0")
    cpu = Cpu(tree.root)
    tree.write("proc/stat", "cpu 1 0 0 1 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0")
    assert cpu.read()["cpu.core1.load"] == "this core is switched off"


def test_memory_counts_what_a_program_could_have_as_free(tree: FakeTree) -> None:
    tree.kernel()
    assert Memory(tree.root).read() == pytest.approx(
        {
            "memory.used": 25.0,
            "memory.available": 2913261 * 1024,
            "memory.swap-used": 25.0,
            "memory.swap-free": 76797 * 1024,
        },
        rel=1e-4,
    )


def test_a_machine_without_swap_says_so(tree: FakeTree) -> None:
    tree.write(
        "proc/meminfo", "MemTotal: 4 kB\nMemAvailable: 1 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB"
    )
    found = Memory(tree.root).read()
    assert found["memory.used"] == 75
    assert found["memory.swap-used"] == "no swap is set up"


def test_a_kernel_text_of_another_form_is_a_reason_and_no_crash(tree: FakeTree) -> None:
    tree.write("proc/meminfo", "MemTotal: 4 kB")
    assert set(read_all(Memory(tree.root)).values()) == {
        "cannot be read: the kernel's text has another form than expected"
    }


def test_the_disk_counts_as_df_does(tmp_path: Path) -> None:
    told = SimpleNamespace(f_blocks=1000, f_bfree=300, f_bavail=200, f_frsize=4096)
    found = Disk(tmp_path, lambda _: cast("os.statvfs_result", told)).read()
    assert found["disk.used"] == pytest.approx(100 * 700 / 900)
    assert found["disk.free"] == 200 * 4096


def test_a_folder_that_is_gone_is_a_reason(tmp_path: Path) -> None:
    found = read_all(Disk(tmp_path / "gone"))
    assert found["disk.free"] == "cannot be read: No such file or directory"


def test_wifi_is_read_in_dbm_and_percent_and_wires_are_left_out(tree: FakeTree) -> None:
    tree.wifi()
    assert said(find_wifi(tree.root)) == {"wifi.wlan0.signal": -54.0, "wifi.wlan0.quality": 80.0}


@pytest.mark.parametrize("state", ["down", "dormant"])
def test_wifi_without_a_network_says_that_it_is_not_connected(tree: FakeTree, state: str) -> None:
    tree.wifi(state)
    assert set(said(find_wifi(tree.root)).values()) == {"wlan0 is not connected"}


def test_wifi_that_is_not_in_the_kernels_table_is_not_connected(tree: FakeTree) -> None:
    tree.wifi()
    tree.write("proc/net/wireless", "Inter-| sta-|\n face | tus |")
    assert said(find_wifi(tree.root))["wifi.wlan0.signal"] == "wlan0 is not connected"


@pytest.mark.parametrize(("error_us", "is_set"), [(1500, 1.0), (15_999_999, 1.0), (16_000_000, 0)])
def test_the_clock_is_set_while_the_kernel_bounds_its_error(
    tree: FakeTree, error_us: int, is_set: float
) -> None:
    assert Clock(tree.root, lambda: error_us).read() == {"clock.synchronized": is_set}


def forbidden() -> int:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_where_a_sandbox_forbids_the_call_the_mark_of_timesyncd_counts(tree: FakeTree) -> None:
    (tree.root / "run/systemd/timesync").mkdir(parents=True)
    assert Clock(tree.root, forbidden).read() == {"clock.synchronized": 0}
    tree.write("run/systemd/timesync/synchronized", "")
    assert Clock(tree.root, forbidden).read() == {"clock.synchronized": 1}


def test_where_nothing_tells_of_the_clock_the_reason_is_given(tree: FakeTree) -> None:
    found = read_all(Clock(tree.root, forbidden))
    assert found == {"clock.synchronized": "cannot be read: Operation not permitted"}


def test_the_real_kernel_tells_its_clocks_error_or_forbids_the_call() -> None:
    refused = 0
    error_us = 0
    try:
        error_us = clock_error_us()
    except OSError as error:  # a container without the call
        refused = error.errno or -1
    assert refused in (0, errno.EPERM, errno.ENOSYS)
    assert 0 <= error_us <= 16_000_000
