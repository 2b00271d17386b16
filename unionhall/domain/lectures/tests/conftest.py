"""Officers at their desks, members at their phones."""

import time

import pytest

from unionhall.site import second_factor


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path, ann):
    """Uploads go to a folder of the test; and somebody is entitled, or nothing could be published."""
    settings.MEDIA_ROOT = tmp_path


def at_the_desk(client, user):
    """Signed in, with the second factor shown just now."""
    client.force_login(user)
    session = client.session
    session[second_factor.SHOWN_AT], session[second_factor.SHOWN_BY] = time.time(), user.pk
    session.save()
    return client


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


@pytest.fixture
def anns(client, ann):
    client.force_login(ann.user)
    return client
