from pathlib import Path

import pytest

from lab.host import power

BAT, AC, CPU = "sys/class/power_supply/BAT0", "sys/class/power_supply/AC", "sys/devices/system/cpu"


def host(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    return root


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({f"{BAT}/type": "Battery", f"{BAT}/status": "Discharging"}, ("it runs on battery",)),
        ({f"{AC}/type": "Mains", f"{AC}/online": "0"}, ("it runs on battery",)),
        (
            {f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave", f"{CPU}/cpu1/cpufreq/scaling_governor": "powersave"},
            ("its cores change their frequency (governor powersave)",),
        ),
        (
            {f"{CPU}/cpu0/cpufreq/scaling_governor": "performance", f"{CPU}/cpu1/cpufreq/scaling_governor": "ondemand"},
            ("its cores change their frequency (governor ondemand)",),
        ),
    ],
)
def test_what_makes_the_clock_unsteady_is_said(tmp_path: Path, files: dict[str, str], said: tuple[str, ...]) -> None:
    assert power.unsteady(host(tmp_path, files)) == said


@pytest.mark.parametrize(
    "files",
    [
        {},
        {f"{AC}/type": "Mains", f"{AC}/online": "1", f"{BAT}/type": "Battery", f"{BAT}/status": "Charging"},
        {f"{BAT}/type": "Battery", f"{BAT}/status": "Discharging", f"{BAT}/scope": "Device"},
        {f"{CPU}/cpu0/cpufreq/scaling_governor": "performance"},
    ],
    ids=["nothing to read", "charging", "a mouse", "performance"],
)
def test_a_steady_host_has_nothing_to_say(tmp_path: Path, files: dict[str, str]) -> None:
    assert power.unsteady(host(tmp_path, files)) == ()
