"""Fills an empty demo: plays the past, then writes the database, the platform's books and the letters."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from command_line.demo_stage import Stage
from command_line.demo_story import story
from command_line.mailbox import keep
from sandbox.keeping import save
from workflows import migrating
from workflows.config import Settings
from workflows.db import with_manners

PRINT_SHOP = "America/Chicago"
"""Where the location that ends soon is."""


def fill(folder: Path, url: str, settings: Settings, secret: str, password: str, ends: datetime) -> Stage:
    """Plays the past up to `ends` into an empty database; platform and desk agree afterwards."""
    migrating.to(url)
    engine = with_manners(create_engine(url))
    with Session(engine, expire_on_commit=False) as session:
        stage = Stage(session, settings, secret, ends)
        stage.open(password)
        stage.play(story(ends_on(settings, ends)))
        save(stage.books, folder / "platform.json")
        for letter in stage.mail.accepted:
            keep(folder / "mail", letter.message.as_bytes(), letter.at)
    engine.dispose()
    return stage


def ends_on(settings: Settings, at: datetime) -> date:
    """The next day, at the print shop, on which `run_at` is still ahead."""
    local = at.astimezone(ZoneInfo(PRINT_SHOP))
    return local.date() + timedelta(days=int(settings.termination.run_at <= local.time()))
