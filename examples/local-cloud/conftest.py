"""Starts the local cloud once for all tests, and makes the tests one principal of it."""

import json
import os
import subprocess
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory):
    """What the ready file says: url, projectId, and for each principal its environment."""
    ready = tmp_path_factory.mktemp("local-cloud") / "ready.json"
    command = os.environ.get("LOCAL_CLOUD", "npx local-cloud").split()
    arguments = ["--apply", os.path.join(HERE, "stack.tf.json"), "--ready", str(ready)]
    process = subprocess.Popen(command + arguments)
    try:
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None, "the local cloud ended"
            assert time.monotonic() < deadline, "the local cloud is not ready"
            time.sleep(0.05)
        yield json.loads(ready.read_text())
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def become(local_cloud, monkeypatch):
    """Makes this test a principal: become("serviceAccount:…")."""

    def become(member):
        for name, value in local_cloud["principals"][member]["environment"].items():
            monkeypatch.setenv(name, value)

    return become
