# SPDX-License-Identifier: Apache-2.0
"""What is in the layers of the images.

    shell      folders, /etc/passwd, and busybox for every command
    python     Debian's Python, bash and the libraries below them, as they are installed on this machine
    tokenizer  one that GuideLLM and the stand-in for vLLM count by
    packages   the packages that all RELEASES of GuideLLM get in the same version
    release    GuideLLM and the packages of which it wants a version of its own
    vllm       the stand-in

A layer is kept in a file whose name carries a hash of what it was made from.
"""
import csv
import fnmatch
import functools
import hashlib
import os
import platform
import re
import subprocess

import oci

HERE = os.path.dirname(os.path.abspath(__file__))
RELEASES = ["0.3.1", "0.6.1", "0.7.3", "0.8.1"]  # those that the tests use images of, one of each generation
PYTHON = "/usr/bin/python3"
APP_ROOT = "/opt/app-root"
HOME = "/home/guidellm"
USER = (1001, 0)
TOKENIZER = "/opt/tokenizer"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())

# One user for each way to run: the images' own, and those of the manifests and of OpenShift's ranges have no name.
PASSWD = """\
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
"""
GROUP = """\
root:x:0:
nogroup:x:65534:
"""
COMMANDS = """cat chmod cp cut date df dirname du echo env false find free grep head hostname id kill less ln ls mkdir
mv nslookup printf ps pwd readlink rm sed seq sh sleep sort stat tail tar tee test timeout touch tr true uname vi wc
wget which whoami xargs yes""".split()

DEBIAN = """bash libbz2-1.0 libc-bin libc6 libcrypt1 libexpat1 libffi8 libgcc-s1 liblzma5 libncursesw6
libpython3.11-minimal libpython3.11-stdlib libreadline8 libsqlite3-0 libssl3 libstdc++6 libtinfo6 libuuid1 media-types
python3-minimal python3.11 python3.11-minimal zlib1g""".split()
DEBIAN_LEAVES_OUT = ["/usr/share/*", "/etc/skel/*", "*/gconv/*", "*/ensurepip/*", "*/idlelib/*", "*/lib2to3/*",
                     "*/pydoc_data/*", "*/tkinter/*", "*/test/*", "*/__pycache__/*", "*/systemd/*"]

# Nothing imports these in a run over HTTP. pip's notes have hashes of scripts, which name the folder on this machine.
PACKAGES_LEAVE_OUT = ["*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED", "*/tests/*", "*.pyi",
                      "*.pyx", "*.pxd", "*/pyarrow/*flight*", "*/pyarrow/*_s3*", "*/include/*", "*/bin/activate*",
                      "*/bin/Activate.ps1", "*/stamp"]


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def key(*parts):
    """A short hash of the parts and of this folder's programs, on which every layer depends."""
    sources = [read(os.path.join(HERE, name)) for name in ("layers.py", "oci.py")]
    return hashlib.sha256("\0".join([*sources, *map(str, parts)]).encode()).hexdigest()[:16]


def kept(folder, name, parts, build):
    """The file of the layer `name`, made by build() unless there is one from these parts; older ones go."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{name}-{key(*parts)}.tar.gz")
    if not os.path.exists(path):
        for old in os.listdir(folder):
            if re.fullmatch(re.escape(name) + r"-[0-9a-f]{16}\.tar.*", old):
                os.unlink(os.path.join(folder, old))
        build().write(path)
    return path


def shell(folder):
    def build():
        layer = oci.Layer()
        for name in ("bin", "lib", "lib64", "sbin"):
            layer.link(f"/{name}", f"usr/{name}")
        for path in ("/dev", "/proc", "/sys", "/run", "/var/tmp", "/usr/lib", "/usr/lib64", "/usr/sbin", "/root"):
            layer.folder(path)
        layer.folder("/tmp", 0o1777)
        layer.data("/etc/passwd", PASSWD)
        layer.data("/etc/group", GROUP)
        layer.data("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
        layer.file("/usr/bin/busybox", "/bin/busybox")
        for command in COMMANDS:
            layer.link(f"/usr/bin/{command}", "busybox")
        return layer

    return kept(folder, "shell", [output("/bin/busybox").split("\n")[0]], build)


def installed(package):
    """The files of one of Debian's packages by their real paths: /lib is a link to /usr/lib."""
    for path in output("dpkg-query", "--listfiles", package).splitlines():
        if os.path.isfile(path) or os.path.islink(path):
            yield os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def compiled(folder, sources):
    """Compiles copies of the standard library's files below a folder; yields path in the image, path here."""
    for source in sources:
        copy = folder + source
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        with open(source, "rb") as original, open(copy, "wb") as target:
            target.write(original.read())
    subprocess.run([PYTHON, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash", "-s", folder,
                    "-p", "/", folder], check=True)
    for current, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".pyc"):
                path = os.path.join(current, name)
                yield path[len(folder):], path


def python(folder, scratch):
    def build():
        layer = oci.Layer()
        paths = {path for package in DEBIAN for path in installed(package) if not matches(path, DEBIAN_LEAVES_OUT)}
        for path in paths:
            layer.file(path, path)
        layer.link("/usr/bin/sh", "bash")
        for path, source in compiled(scratch, [path for path in paths if path.endswith(".py")]):
            layer.file(path, source)
        return layer

    versions = output("dpkg-query", "--show", "--showformat", "${Package} ${Version}\n", *DEBIAN)
    return kept(folder, "python", [versions], build)


@functools.cache
def constraints():
    """For each release its pinned packages, "name==version"."""
    folder = os.path.join(HERE, "constraints")
    return {match.group(1): set(re.findall(r"^[^#\s].*", read(os.path.join(folder, name)), re.MULTILINE))
            for name in os.listdir(folder) if (match := re.fullmatch(r"guidellm-(.*)\.txt", name))}


def shared_packages():
    return set.intersection(*(constraints()[version] for version in RELEASES))


def site_packages(venv):
    (python_folder,) = [name for name in os.listdir(os.path.join(venv, "lib")) if name.startswith("python3")]
    return os.path.join(venv, "lib", python_folder, "site-packages")


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def files_of_packages(venv, packages):
    """The files in site-packages that the records of these packages list, and what was compiled from them."""
    site = site_packages(venv)
    wanted = {plain(package.replace("==", "-")) for package in packages}
    for name in os.listdir(site):
        if not name.endswith(".dist-info") or plain(name.removesuffix(".dist-info")) not in wanted:
            continue
        with open(os.path.join(site, name, "RECORD"), newline="", encoding="utf-8") as file:
            for path, *_ in csv.reader(file):
                if path.startswith("..") or not os.path.exists(os.path.join(site, path)):
                    continue
                yield os.path.join(site, path)
                folder, base = os.path.split(os.path.join(site, path))
                cached = os.path.join(folder, "__pycache__", base.removesuffix(".py") + ".cpython-311.pyc")
                if base.endswith(".py") and os.path.exists(cached):
                    yield cached


def from_a_run(path):
    """Whether a run on this machine compiled this: such a file goes by the time of its source, which images drop."""
    if not path.endswith(".pyc"):
        return False
    with open(path, "rb") as file:
        return file.read(8)[4:] != b"\1\0\0\0"  # compiled by hash, and unchecked


def wanted(path):
    return not matches(path, PACKAGES_LEAVE_OUT) and not from_a_run(path)


def all_files(venv):
    for folder, folders, names in os.walk(venv):
        for name in names + [name for name in folders if os.path.islink(os.path.join(folder, name))]:
            yield os.path.join(folder, name)


def tokenizer(folder, source):
    def build():
        layer = oci.Layer()
        for name in os.listdir(source):
            layer.file(os.path.join(TOKENIZER, name), os.path.join(source, name))
        return layer

    return kept(folder, "tokenizer", [read(os.path.join(source, name)) for name in sorted(os.listdir(source))], build)


def packages(folder, venv):
    def build():
        layer = oci.Layer([APP_ROOT], USER)
        for path in files_of_packages(venv, shared_packages()):
            if wanted(path):
                layer.file(APP_ROOT + path[len(venv):], path)
        return layer

    # What the environments have in common: not the path of this one, nor all that its release pins.
    _, *stamp = read(os.path.join(venv, "stamp")).splitlines()
    common = [line for line in stamp if not line.endswith(f"  {os.path.basename(venv)}.txt")]
    return kept(folder, "packages", [*common, *sorted(shared_packages())], build)


def relocated(path, venv):
    """A file of the virtual environment as it has to be at APP_ROOT, or None where it can stay as it is."""
    if os.path.basename(path) == "pyvenv.cfg":
        return re.sub(r"^command = .*\n", "", read(path), flags=re.MULTILINE)
    if os.path.dirname(path) == os.path.join(venv, "bin") and not os.path.islink(path):
        return read(path).replace(f"#!{venv}/bin/", f"#!{APP_ROOT}/bin/", 1)
    return None


def release(folder, version, venv, home_mode):
    def build():
        layer = oci.Layer([APP_ROOT, HOME], USER)
        shared = set(files_of_packages(venv, shared_packages()))
        for path in all_files(venv):
            target = APP_ROOT + path[len(venv):]
            if path in shared or not wanted(path):
                continue
            text = relocated(path, venv)
            if text is None:
                layer.file(target, path)
            else:
                layer.data(target, text, 0o755 if "/bin/" in target else 0o644)
        layer.folder(HOME, home_mode)
        return layer

    return kept(folder, f"guidellm_{version}", [read(os.path.join(venv, "stamp")), home_mode], build)


def program(folder, name, path, source):
    """One program, which the image holds at `path`."""
    def build():
        layer = oci.Layer()
        layer.file(path, source, 0o755)
        return layer

    with open(source, "rb") as file:
        return kept(folder, name, [path, hashlib.file_digest(file, "sha256").hexdigest()], build)
