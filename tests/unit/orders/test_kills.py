from collections import Counter

from lab.orders.kills import KILLED, draw


def test_the_same_seed_gives_the_same_kills() -> None:
    assert list(draw(20, services=KILLED, seed=5)) == list(draw(20, services=KILLED, seed=5))


def test_another_seed_gives_other_kills() -> None:
    assert list(draw(20, services=KILLED, seed=5)) != list(draw(20, services=KILLED, seed=6))


def test_few_kills_reach_every_service() -> None:
    for seed in range(20):
        killed = Counter(kill.service for kill in draw(6, services=KILLED, seed=seed))
        assert set(killed) == set(KILLED)
        assert max(killed.values()) <= 2
