// What each op declares of itself to the security corpus (corpus.h). In the order of the builder.
#include "corpus.h"

namespace kekkai::kernel_tests {
namespace {

using Path = const std::string&;
using Cases = std::vector<OpCase>;

constexpr const char* kNothingIsChanged = "is on the host, and nothing is changed there";
constexpr const char* kFileOnRoot = "is a directory, and a file cannot be mounted on it";

}  // namespace

template <>
Cases cases_of<ops::Bind>() {
  return {
      {.name = "Bind",
       .add = [](Ops& o, Path t, Path s) { o.bind({.source = s, .target = t}); },
       .source = Source::kDirectory,
       .looks_like = "directory 0750",
       .write = "EROFS"},
      {.name = "BindWritable",
       .add = [](Ops& o, Path t, Path s) { o.bind({.source = s, .target = t, .writable = true}); },
       .source = Source::kDirectory,
       .looks_like = "directory 0750",
       .keeps_writes = true},
      {.name = "BindSlave",
       .add = [](Ops& o, Path t, Path s) { o.bind({.source = s, .target = t, .slave = true}); },
       .source = Source::kDirectory,
       .looks_like = "directory 0750",
       .write = "EROFS",
       .shows_later_mounts = true},
      {.name = "BindFile",
       .add = [](Ops& o, Path t, Path s) { o.bind({.source = s, .target = t}); },
       .target = Target::kFile,
       .source = Source::kFile,
       .looks_like = "file 0640",
       .write = "EROFS",
       .on_root = kFileOnRoot}};
}

template <>
Cases cases_of<ops::Cgroup2>() {
  return {{.name = "Cgroup2",
           .add = [](Ops& o, Path t, Path) { o.cgroup2({.path = t}); },
           .looks_like = "directory 0555",
           .write = "EROFS"}};
}

template <>
Cases cases_of<ops::Chmod>() {
  return {{.name = "Chmod",
           .add = [](Ops& o, Path t, Path) { o.chmod({.path = t, .mode = 0711}); },
           .target = Target::kExistingDirectory,
           .looks_like = "directory 0711",
           .where_nothing_is = "openat2 /",
           .on_root = "",
           .what_the_host_has = kNothingIsChanged},
          {.name = "ChmodFile",
           .add = [](Ops& o, Path t, Path) { o.chmod({.path = t, .mode = 0711}); },
           .target = Target::kExistingFile,
           .looks_like = "file 0711",
           .where_nothing_is = "openat2 /",
           .on_root = "",
           .what_the_host_has = kNothingIsChanged}};
}

// It has no target: the path that it waits for is looked at by a process that may do nothing.
template <>
Cases cases_of<ops::Daemon>() {
  return {{.name = "Daemon",
           .add =
               [](Ops& o, Path, Path) {
                 o.tmpfs({.path = "/run"});
                 o.daemon({.command = {"/probe", "mkdir", "/run/ready"}, .ready = "/run/ready"});
               },
           .target = Target::kNone}};
}

template <>
Cases cases_of<ops::Dev>() {
  return {{.name = "Dev",
           .add = [](Ops& o, Path t, Path) { o.dev({.path = t}); },
           .looks_like = "directory 0755"},
          {.name = "DevReadOnly",
           .add = [](Ops& o, Path t, Path) { o.dev({.path = t, .read_only = true}); },
           .looks_like = "directory 0755",
           .write = "EROFS"}};
}

template <>
Cases cases_of<ops::Etc>() {
  return {{.name = "Etc",
           .add = [](Ops& o, Path, Path s) { o.etc({.source = s}); },
           .target = Target::kNone,
           .source = Source::kDirectory,
           .shown_at = "/etc/.host/etc"}};
}

template <>
Cases cases_of<ops::File>() {
  return {{.name = "File",
           .add = [](Ops& o, Path t, Path) { o.file({.path = t, .content = "x", .mode = 0604}); },
           .target = Target::kFile,
           .looks_like = "file 0604",
           .write = "EROFS",
           .on_root = kFileOnRoot},
          {.name = "FilePlain",
           .add = [](Ops& o, Path t, Path) { o.file({.path = t, .plain = true}); },
           .target = Target::kFile,
           .looks_like = "file 0644",
           .on_root = "is no ordinary file that could be replaced",
           .what_the_host_has = kNothingIsChanged}};
}

template <>
Cases cases_of<ops::Hold>() {
  static const OwnedFd kFile = make_memory_file();
  return {{.name = "Hold",
           .add = [](Ops& o, Path, Path) { o.hold({.descriptor = kFile.get()}); },
           .target = Target::kNone}};
}

// Late, in the container.
template <>
Cases cases_of<ops::Lock>() {
  return {{.name = "Lock",
           .add = [](Ops& o, Path, Path) { o.lock({.path = "/probe"}); },
           .target = Target::kNone}};
}

template <>
Cases cases_of<ops::Mask>() {
  constexpr const char* kOnRoot = "is the container's root, and nothing would be left of it";
  return {{.name = "Mask",
           .add = [](Ops& o, Path t, Path) { o.mask({.path = t}); },
           .target = Target::kExistingDirectory,
           .looks_like = "directory 0555",
           .write = "EROFS",
           .on_root = kOnRoot},
          {.name = "MaskFile",
           .add = [](Ops& o, Path t, Path) { o.mask({.path = t}); },
           .target = Target::kExistingFile,
           .looks_like = "file 0444",
           .write = "EACCES",
           .on_root = kOnRoot}};
}

template <>
Cases cases_of<ops::Mkdir>() {
  return {{.name = "Mkdir",
           .add = [](Ops& o, Path t, Path) { o.mkdir({.path = t}); },
           .looks_like = "directory 0755",
           .on_root = ""}};
}

template <>
Cases cases_of<ops::Mqueue>() {
  return {{.name = "Mqueue",
           .add = [](Ops& o, Path t, Path) { o.mqueue({.path = t}); },
           .looks_like = "directory 1777",
           .write = "EINVAL"}};  // queues are made there, and sent to with calls of their own
}

template <>
Cases cases_of<ops::Overlay>() {
  return {{.name = "Overlay",
           .add =
               [](Ops& o, Path t, Path s) {
                 o.overlay({.path = t, .lowers = {s, s + "/../below"}});
               },
           .source = Source::kDirectory,
           .looks_like = "directory 0750",
           .write = "EROFS"},
          {.name = "OverlayEphemeral",
           .add = [](Ops& o, Path t,
                     Path s) { o.overlay({.path = t, .lowers = {s}, .ephemeral = true}); },
           .source = Source::kDirectory,
           .looks_like = "directory 0750"}};
}

template <>
Cases cases_of<ops::Proc>() {
  return {{.name = "Proc",
           .add = [](Ops& o, Path t, Path) { o.proc({.path = t}); },
           .looks_like = "directory 0555",
           .write = "ENOENT"}};
}

template <>
Cases cases_of<ops::ReadOnly>() {
  constexpr const char* kMissing = "does not exist, and cannot be made read-only";
  return {{.name = "ReadOnly",
           .add = [](Ops& o, Path t, Path) { o.read_only({.path = t}); },
           .target = Target::kExistingDirectory,
           .looks_like = "directory 0755",
           .write = "EROFS",
           .where_nothing_is = kMissing,
           .on_root = ""},
          {.name = "ReadOnlyFile",
           .add = [](Ops& o, Path t, Path) { o.read_only({.path = t}); },
           .target = Target::kExistingFile,
           .looks_like = "file 0644",
           .write = "EROFS",
           .where_nothing_is = kMissing,
           .on_root = ""},
          {.name = "ReadOnlyOptional",
           .add = [](Ops& o, Path t, Path) { o.read_only({.path = t, .optional = true}); },
           .target = Target::kExistingFile,
           .looks_like = "file 0644",
           .write = "EROFS",
           .on_root = ""}};
}

// Of a mount, which an op before it has to make.
template <>
Cases cases_of<ops::Remount>() {
  return {{.name = "Remount",
           .add = [](Ops& o, Path t,
                     Path) { o.tmpfs({.path = t}).remount({.path = t, .read_only = true}); },
           .looks_like = "directory 0755",
           .write = "EROFS"}};
}

template <>
Cases cases_of<ops::Root>() {
  return {{.name = "Root",
           .add = [](Ops& o, Path, Path s) { o.root({.source = s}); },
           .target = Target::kNone,
           .source = Source::kDirectory,
           .shown_at = "/"}};
}

template <>
Cases cases_of<ops::Symlink>() {
  return {{.name = "Symlink",
           .add = [](Ops& o, Path t, Path) { o.symlink({.path = t, .target = "anywhere"}); },
           .target = Target::kLink,
           .looks_like = "link anywhere"},
          {.name = "SymlinkOfTheHost",
           .add = [](Ops& o, Path t,
                     Path s) { o.symlink({.path = t, .target = s, .dereference = true}); },
           .target = Target::kLink,
           .source = Source::kLink,
           .looks_like = "link anywhere"}};
}

template <>
Cases cases_of<ops::Sysfs>() {
  return {{.name = "Sysfs",
           .add = [](Ops& o, Path t, Path) { o.sysfs({.path = t}); },
           .looks_like = "directory 0555",
           .write = "EROFS"}};
}

template <>
Cases cases_of<ops::Tmpfs>() {
  return {{.name = "Tmpfs",
           .add = [](Ops& o, Path t, Path) { o.tmpfs({.path = t, .mode = 01777}); },
           .looks_like = "directory 1777"},
          {.name = "TmpfsReadOnly",
           .add = [](Ops& o, Path t, Path) { o.tmpfs({.path = t, .read_only = true}); },
           .looks_like = "directory 0755",
           .write = "EROFS"}};
}

template <>
Cases cases_of<ops::Wait>() {
  static const OwnedFd kFile = make_memory_file();
  return {{.name = "Wait",
           .add = [](Ops& o, Path, Path) { o.wait({.descriptor = kFile.get()}); },
           .target = Target::kNone}};
}

}  // namespace kekkai::kernel_tests
