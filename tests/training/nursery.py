"""Trainings in child processes, forked from one that has imported torch: killed, or two at once.

python nursery.py WHAT PAIRS FOLDER → a line of JSON on standard output
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import select
import signal
import socket
import sys
import time
from functools import partial
from pathlib import Path

import tensorboard.compat  # noqa: F401 (imported before the fork)
import torch.utils.tensorboard  # noqa: F401

from buzi.networks import read_info, read_tensors
from buzi.training import TrainSettings, checkpoints, loop, train

QUICK = {
    "minutes": None,
    "width": 0.25,
    "threads": 1,
    "precision": "fp32",
    "warmup_steps": 5,
    "adversarial_weight": 0.02,
}


def child(job) -> int:
    """Fork; the child does the job and ends."""
    pid = os.fork()
    if pid == 0:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 (whatever it is, the child must end here)
            sys.stderr.write(repr(error) + "\n")
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    return pid


def ended(pid: int) -> int:
    """Exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def done(job) -> None:
    """Fork, and wait for a good end."""
    assert ended(child(job)) == 0


def weights(folder: Path) -> str:
    """Hash of everything that the last checkpoint resumes from."""
    data = (checkpoints(folder)[-1] / "resume.safetensors").read_bytes()
    return hashlib.sha256(data).hexdigest()


def die() -> None:
    """As by `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(events: int) -> None:
    """Die in the middle of whatever Python does after so many calls and returns."""
    left = [events]

    def count(*_) -> None:
        left[0] -= 1
        if left[0] <= 0:
            die()

    sys.setprofile(count)


def at_step(steps, action) -> None:
    """Do something when the loss of a step of this session is computed."""
    real, called = loop.reconstruction_loss, []

    def watched(*arguments):
        called.append(1)
        if len(called) == 2 * steps - 1:  # L1 and BCE, a pair a step
            action()
        return real(*arguments)

    loop.reconstruction_loss = watched


def half_way(pairs: Path, folder: Path) -> dict:
    """Six epochs; and three, `kill -9`, and the rest: for both generators."""
    result = {}
    for generator in ("folded", "unet"):
        plan = TrainSettings(**QUICK, generator=generator, epochs=6, batch_size=32,
                             attention_side=8 if generator == "unet" else None, shift_px=2,
                             adversarial_start=0.3)  # fmt: skip
        straight, resumed = folder / f"{generator}-straight", folder / f"{generator}-resumed"
        done(partial(train, pairs, straight, plan))
        watched = partial(train, pairs, resumed, plan, lambda at: die() if at.epoch == 3 else None)
        killed = ended(child(watched))
        epoch = read_info(checkpoints(resumed)[-1]).epoch
        done(partial(train, pairs, resumed, plan))
        result[generator] = [killed, epoch, weights(straight) == weights(resumed)]
    return result


def kills(pairs: Path, folder: Path) -> dict:
    """Twenty deaths: by the clock, at random calls, and at random calls while a checkpoint is written."""
    rng = random.Random(20261124)
    free = TrainSettings(**QUICK, steps=60, batch_size=2, shift_px=2, adversarial_start=0.2)
    each = free.model_copy(update={"checkpoint_minutes": 1e-6})
    done(lambda: train(pairs, folder / "straight", free))
    shaken = folder / "killed 中文"
    deaths, remains, steps = 0, 0, []
    for turn in range(20):
        step = rng.randrange(1, 5)
        if turn % 3 == 0:
            seconds, (reading, writing) = rng.uniform(0, 0.5), os.pipe()
            pid = child(lambda: (at_step(step, lambda: os.write(writing, b".")),  # noqa: B023
                                 train(pairs, shaken, each)))  # fmt: skip
            assert select.select([reading], [], [], 120)[0]
            time.sleep(seconds)
            os.kill(pid, signal.SIGKILL)
        elif turn % 3 == 1:
            events = rng.randrange(20000)
            pid = child(lambda: (at_step(step, lambda: die_after(events)),  # noqa: B023
                                 train(pairs, shaken, each)))  # fmt: skip
        else:
            events, place = rng.randrange(1, 400), rng.choice(["write_checkpoint", "tidy"])

            def job(events=events, place=place, step=step) -> None:
                real, called = getattr(loop, place), []

                def dying(*arguments, **options):
                    called.append(1)
                    if len(called) < step:
                        return real(*arguments, **options)
                    die_after(events)
                    try:
                        return real(*arguments, **options)
                    finally:
                        sys.setprofile(None)
                        if place == "tidy":
                            die()

                setattr(loop, place, dying)
                train(pairs, shaken, each)

            pid = child(job)
        deaths += ended(pid) == -signal.SIGKILL
        remains += bool(list((shaken / "checkpoints").glob("*.partial")))
        for checkpoint in checkpoints(shaken):
            read_tensors(checkpoint / "resume.safetensors")
        steps.append(read_info(checkpoints(shaken)[-1]).step if checkpoints(shaken) else 0)
    done(lambda: train(pairs, shaken, each))
    same = weights(folder / "straight") == weights(shaken)
    left = sorted(p.name for p in (shaken / "checkpoints").glob("*.partial"))
    return {"deaths": deaths, "remains": remains, "steps": steps, "same": same, "left": left}


def two(pairs: Path, folder: Path) -> dict:
    """Losses of 50 steps: one process with 16 glyphs, two with 8 each; parts of 4 in one of them.

    And with siblings: one process in one part and in two, and two processes.
    """
    losses = {}
    for world, accumulation, siblings in (
        (1, 1, False), (2, 1, False), (2, 2, False), (1, 1, True), (1, 2, True), (2, 1, True),
    ):  # fmt: skip
        plan = TrainSettings(**QUICK, steps=50, batch_size=16,
                             accumulation=accumulation, siblings=siblings,
                             adversarial_start=0.5, adversarial_ramp=0.2)  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        name = f"{world}-{accumulation}" + siblings * "-siblings"

        def job(rank, world=world, plan=plan, name=name, port=port) -> None:
            os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world),
                           "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
                           "ACCELERATE_USE_CPU": "true"} if world > 1 else {}  # fmt: skip
            real, rows = loop._generator_step, []

            def watched(*arguments):
                result = real(*arguments)
                rows.append(result[0])
                return result

            loop._generator_step = watched
            result = train(pairs, folder / name, plan)
            data = {"rows": rows, "weights": weights(folder / name), "step": result.step}
            (folder / f"{name}-{rank}.json").write_text(json.dumps(data), encoding="utf-8")

        pids = [child(lambda rank=rank, job=job: job(rank)) for rank in range(world)]
        assert [ended(pid) for pid in pids] == [0] * world
        losses[name] = [
            json.loads((folder / f"{name}-{rank}.json").read_text(encoding="utf-8"))
            for rank in range(world)
        ]
    return losses


if __name__ == "__main__":
    what, pairs_folder, out = sys.argv[1:]
    sys.stdout.write(json.dumps(globals()[what](Path(pairs_folder), Path(out))) + "\n")
