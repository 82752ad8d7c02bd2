// The calls on files and mounts.
#include "scripted_step.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/magic.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace kekkai::testing {
namespace {

std::string with_mode(std::string text, mode_t mode) { return text + fmt::format(" {:04o}", mode); }

// "" or " recursive".
std::string reach_text(Reach reach) { return reach == Reach::kRecursive ? " recursive" : ""; }

// Text in quotes, with line ends visible; nothing for other bytes.
std::string quoted(std::span<const std::byte> data) {
  std::string text = " \"";
  for (const std::byte byte : data) {
    const char c = static_cast<char>(byte);
    if (c == '\n') {
      text += "\\n";
    } else if (std::isprint(static_cast<unsigned char>(c)) != 0) {
      text += c;
    } else {
      return {};
    }
  }
  return text + '"';
}

std::string open_operands(Open flags, Resolve resolve, mode_t mode) {
  constexpr Open kAccess = Open::kWriteOnly | Open::kReadWrite | Open::kPath;
  std::string text;
  if ((flags & kAccess) == Open::kReadOnly) text = " O_RDONLY";
  if (flags != Open::kReadOnly) text += (text.empty() ? " " : "|") + names(flags);
  if (resolve != Resolve::kAnywhere) text += " " + names(resolve);
  return has(flags, Open::kCreate) ? with_mode(text, mode) : text;
}

}  // namespace

// Files.

UniqueFd ScriptedDispatcher::openat2(Fd dir, const std::string& path, Open flags, Resolve resolve,
                                     mode_t mode) {
  const std::string label = label_at(dir, path);
  return step("openat2 " + label, open_operands(flags, resolve, mode), [&] {
    Descriptor fd{.label = label};
    if (has(flags, Open::kCreate)) {
      fd.place = mounts_.place_for_new(start_of(dir), path, resolve);
      mounts_.file_at(*fd.place).regular({}, mode & ~umask_);
      return own(std::move(fd));
    }
    fd.place = mounts_.walk(start_of(dir), path,
                            {.resolve = resolve, .follow_last = !has(flags, Open::kNoFollow)});
    if (has(flags, Open::kDirectory) && !mounts_.look(*fd.place).is_directory()) {
      throw Errno{ENOTDIR};
    }
    if (!has(flags, Open::kPath)) {
      fd.in = std::make_shared<Channel>(Channel{content_of(*fd.place, label), true, 0});
    }
    return own(std::move(fd));
  });
}

// What the files of /proc/self tell is made up at the moment of opening, unless declared.
std::string ScriptedDispatcher::content_of(const FakeMounts::Place& place,
                                           const std::string& label) {
  const FakeFile file = mounts_.look(place);
  if (mounts_.type(place) == "proc" && !S_ISREG(file.mode())) {
    if (label.ends_with("/mountinfo")) return mounts_.mountinfo();
    if (label.ends_with("/status")) return privileges_text();
  }
  return file.content();
}

FileStatus ScriptedDispatcher::statx(Fd file) {
  return step("statx " + std::string(file.label), "",
              [&] { return mounts_.status(place_of(file)); });
}

uint64_t ScriptedDispatcher::fstatfs(Fd file) {
  return step("fstatfs " + std::string(file.label), "", [&]() -> uint64_t {
    const std::string type = mounts_.type(place_of(file));
    if (type == "proc") return PROC_SUPER_MAGIC;
    return type == "tmpfs" ? TMPFS_MAGIC : EXT4_SUPER_MAGIC;
  });
}

std::string ScriptedDispatcher::readlinkat(Fd dir, const std::string& path) {
  const std::string label = label_at(dir, path);
  return step("readlinkat " + label, "", [&]() -> std::string {
    const FakeMounts::Place place = mounts_.walk(start_of(dir), path, {.follow_last = false});
    const FakeFile file = mounts_.look(place);
    if (file.is_link()) return file.content();
    const size_t ns = label.find("/self/ns/");
    if (mounts_.type(place) != "proc" || ns == label.npos) throw Errno{EINVAL};
    return label.substr(ns + 9) + ":[4026532000]";  // never the 4026531836 of a first one
  });
}

void ScriptedDispatcher::mkdirat(Fd dir, const std::string& name, mode_t mode) {
  step("mkdirat " + label_at(dir, name), with_mode("", mode), [&] {
    mounts_.file_at(mounts_.place_for_new(start_of(dir), name, Resolve::kAnywhere))
        .empty_directory(mode & ~umask_);
  });
}

void ScriptedDispatcher::symlinkat(const std::string& target, Fd dir, const std::string& name) {
  step("symlinkat " + label_at(dir, name), " -> " + target, [&] {
    mounts_.file_at(mounts_.place_for_new(start_of(dir), name, Resolve::kAnywhere)).link_to(target);
  });
}

void ScriptedDispatcher::renameat(Fd dir, const std::string& name, const std::string& new_name) {
  step("renameat " + label_at(dir, new_name), " from " + name, [&] {
    const FakeMounts::Place from = mounts_.walk(start_of(dir), name, {.follow_last = false});
    const FakeFile file = mounts_.look(from);
    mounts_.file_at(from).missing();
    mounts_.file_at({from.mount, from.path.substr(0, from.path.rfind('/') + 1) + new_name}) = file;
  });
}

void ScriptedDispatcher::unlinkat(Fd dir, const std::string& name) {
  step("unlinkat " + label_at(dir, name), "", [&] {
    const FakeMounts::Place place = mounts_.walk(start_of(dir), name, {.follow_last = false});
    mounts_.file_at(place).missing();
  });
}

void ScriptedDispatcher::fchmod(Fd file, mode_t mode) {
  step("fchmod " + std::string(file.label), with_mode("", mode),
       [&] { mounts_.file_at(place_of(file)).set_permissions(mode); });
}

void ScriptedDispatcher::access_executable(Fd dir, const std::string& path) {
  step("faccessat2 " + label_at(dir, path), " X_OK", [&] {
    const FakeFile file = mounts_.look(mounts_.walk(start_of(dir), path, {}));
    if ((file.mode() & 0111) == 0) throw Errno{EACCES};
  });
}

std::vector<std::string> ScriptedDispatcher::getdents64(Fd dir) {
  return step("getdents64 " + std::string(dir.label), "", [&] {
    const FakeMounts::Place& place = place_of(dir);
    if (!mounts_.look(place).is_directory()) throw Errno{ENOTDIR};
    if (mounts_.type(place) != "proc" || !dir.label.ends_with("/fd")) {
      return mounts_.names_in(place);
    }
    std::vector<std::string> found;
    for (const auto& [number, fd] : open_) found.push_back(std::to_string(number));
    return found;
  });
}

size_t ScriptedDispatcher::read(Fd file, std::span<std::byte> buffer) {
  return step("read " + std::string(file.label), "", [&] {
    const Descriptor& fd = get(file);
    if (!fd.in) throw Errno{EBADF};
    std::string& bytes = fd.in->bytes;
    if (bytes.empty() && !fd.in->ended) {
      throw std::logic_error("read " + fd.label + " would wait for ever");
    }
    const size_t size = std::min(buffer.size(), bytes.size());
    std::ranges::copy(std::as_bytes(std::span(bytes)).first(size), buffer.begin());
    bytes.erase(0, size);
    return size;
  });
}

size_t ScriptedDispatcher::write(Fd file, std::span<const std::byte> data) {
  return step("write " + std::string(file.label), quoted(data), [&] {
    const std::string_view bytes(reinterpret_cast<const char*>(data.data()), data.size());
    written_[std::string(file.label)] += bytes;
    Descriptor& fd = get(file);
    if (fd.place) {
      if (mounts_.type(*fd.place) != "proc") mounts_.file_at(*fd.place).append(bytes);
    } else if (fd.out) {
      fd.out->bytes += bytes;
    } else if (!fd.inherited) {
      throw Errno{EBADF};
    }
    return data.size();
  });
}

void ScriptedDispatcher::lseek_to_start(Fd file) {
  step("lseek " + std::string(file.label), "", [&] { get(file); });
}

void ScriptedDispatcher::fchdir(Fd dir) {
  step("fchdir " + std::string(dir.label), "", [&] {
    const FakeMounts::Place& place = place_of(dir);
    if (!mounts_.look(place).is_directory()) throw Errno{ENOTDIR};
    mounts_.change_directory(place);
  });
}

std::string ScriptedDispatcher::getcwd() {
  return step("getcwd", "", [&] { return mounts_.directory_path(); });
}

mode_t ScriptedDispatcher::umask(mode_t mask) {
  transcript_.push_back(with_mode("umask", mask));
  steps_.push_back(transcript_.back());
  return std::exchange(umask_, mask);
}

// Mounts.

UniqueFd ScriptedDispatcher::open_tree(Fd source, Reach reach) {
  const std::string label(source.label);
  return step("open_tree " + label, reach_text(reach), [&] {
    return own({.label = label, .place = mounts_.clone(place_of(source), reach)});
  });
}

void ScriptedDispatcher::mount_setattr(Fd mount, MountAttr set, Propagation propagation,
                                       Reach reach) {
  std::string operands;
  if (set != MountAttr::kNone) operands += " " + names(set);
  if (propagation != Propagation::kKeep) operands += " " + names(propagation);
  step("mount_setattr " + std::string(mount.label), operands + reach_text(reach),
       [&] { mounts_.set_attributes(place_of(mount), set, propagation, reach); });
}

UniqueFd ScriptedDispatcher::fsopen(const std::string& type) {
  return step("fsopen " + type, "", [&] { return own({.label = type, .file_system = type}); });
}

void ScriptedDispatcher::fsconfig_string(Fd fs, const std::string& key, const std::string& value,
                                         const std::string& shown) {
  const bool is_shown = !shown.empty();
  step("fsconfig " + std::string(fs.label) + " " + key + "=" + (is_shown ? shown : value),
       is_shown ? " (" + value + ")" : "", [&] { get(fs); });
}

void ScriptedDispatcher::fsconfig_flag(Fd fs, const std::string& key) {
  step("fsconfig " + std::string(fs.label) + " " + key, "", [&] { get(fs); });
}

void ScriptedDispatcher::fsconfig_create(Fd fs) {
  step("fsconfig create " + std::string(fs.label), "", [&] { get(fs); });
}

UniqueFd ScriptedDispatcher::fsmount(Fd fs, MountAttr attr) {
  const std::string label(fs.label);
  return step("fsmount " + label, attr == MountAttr::kNone ? "" : " " + names(attr), [&] {
    return own({.label = label, .place = mounts_.make(get(fs).file_system, attr)});
  });
}

void ScriptedDispatcher::move_mount(Fd mount, Fd target) {
  step("move_mount " + std::string(mount.label) + " -> " + std::string(target.label), "",
       [&] { mounts_.attach(place_of(mount), place_of(target)); });
}

void ScriptedDispatcher::pivot_root(const std::string& put_old) {
  step("pivot_root " + put_old, "", [&] { mounts_.pivot_root(put_old); });
}

void ScriptedDispatcher::detach_working_directory() {
  step("umount2", "", [&] { mounts_.detach_working_directory(); });
}

}  // namespace kekkai::testing
