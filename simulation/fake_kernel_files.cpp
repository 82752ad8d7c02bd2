// The calls on files.
#include "fake_kernel_step.h"

#include <errno.h>
#include <fmt/format.h>
#include <limits.h>
#include <linux/magic.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace kekkai::testing {
namespace {

std::string with_mode(const std::string& text, mode_t mode) {
  return text + fmt::format(" {:04o}", mode);
}

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

constexpr std::string_view kNamespaces = "ns/";
constexpr std::string_view kUnreachable = "(unreachable)";
constexpr uint64_t kMqueueMagic = 0x19800202;  // in the kernel's ipc/mqueue.c alone

// By type of file system: linux/magic.h.
const std::map<std::string, uint64_t, std::less<>> kMagic{{"cgroup2", CGROUP2_SUPER_MAGIC},
                                                          {"devpts", DEVPTS_SUPER_MAGIC},
                                                          {"mqueue", kMqueueMagic},
                                                          {"overlay", OVERLAYFS_SUPER_MAGIC},
                                                          {"proc", PROC_SUPER_MAGIC},
                                                          {"sysfs", SYSFS_MAGIC},
                                                          {"tmpfs", TMPFS_MAGIC}};

bool is_for_writing(Open flags) {
  return (flags & (Open::kWriteOnly | Open::kReadWrite)) != Open::kReadOnly;
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

UniqueFd FakeKernel::openat2(Fd dir, const std::string& path, Open flags, Resolve resolve,
                             mode_t mode) {
  const std::string label = label_at(dir, path);
  return step("openat2 " + label, open_operands(flags, resolve, mode), [&] {
    Descriptor fd{.label = label};
    if (has(flags, Open::kCreate)) {
      FakeFile file;
      file.regular({}, mode & ~umask_);
      fd.place = mounts().make(view_, start_of(dir), path, resolve, file);
      fd.out = std::make_shared<Channel>();
      return own(std::move(fd));
    }
    fd.place = mounts().walk(view_, start_of(dir), path,
                             {.resolve = resolve, .follow_last = !has(flags, Open::kNoFollow)});
    const FakeFile& file = fd.place->node->file;
    if (has(flags, Open::kDirectory) && !file.is_directory()) throw Errno{ENOTDIR};
    if (!has(flags, Open::kPath)) {
      require_openable(*fd.place, flags);
      if (!has(flags, Open::kWriteOnly)) {
        fd.in = std::make_shared<Channel>(Channel{content_of(*fd.place), true, 0, {}});
      }
      if (is_for_writing(flags)) fd.out = std::make_shared<Channel>();
    }
    return own(std::move(fd));
  });
}

// A file that is not only looked at: open(2).
void FakeKernel::require_openable(const FakePlace& place, Open flags) {
  const FakeFile& file = place.node->file;
  if (file.imagines()) return;  // whatever it is
  if (file.is_link()) throw Errno{ELOOP};
  const bool writes = is_for_writing(flags);
  const bool is_device = S_ISCHR(file.mode()) || S_ISBLK(file.mode());
  if (writes && file.is_directory()) throw Errno{EISDIR};
  const unsigned wanted = has(flags, Open::kWriteOnly) ? 2 : writes ? 6 : 4;
  const bool is_of_proc = place.node->system.type == "proc";  // judged by other rules
  if (!is_of_proc && !view_.credentials.may(file, wanted)) throw Errno{EACCES};
  if (is_device && mounts().has_attribute(place, MountAttr::kNoDev)) throw Errno{EACCES};
  if (writes && !is_device) mounts().require_writable(place);
}

// What the files of /proc/self tell is made up at the moment of opening, unless declared.
std::string FakeKernel::content_of(const FakePlace& place) {
  if (std::string content = testing::content_of(place.node); !content.empty()) return content;
  const std::string name = name_in_process(place.node);
  if (name == "mountinfo") return mountinfo();
  return name == "status" ? privileges_text() : std::string();
}

FileStatus FakeKernel::statx(Fd file) {
  return step("statx " + std::string(file.label), "", [&] {
    FileStatus status = mounts().status(place_of(file));
    status.uid = view_.credentials.name_of_uid(status.uid);
    status.gid = view_.credentials.name_of_gid(status.gid);
    if (name_in_process(place_of(file).node) == "fd") status.size = open_->size();
    return status;
  });
}

uint64_t FakeKernel::fstatfs(Fd file) {
  return step("fstatfs " + std::string(file.label), "", [&]() -> uint64_t {
    const auto magic = kMagic.find(place_of(file).node->system.type);
    return magic == kMagic.end() ? EXT4_SUPER_MAGIC : magic->second;
  });
}

std::string FakeKernel::readlinkat(Fd dir, const std::string& path) {
  return step("readlinkat " + label_at(dir, path), "", [&]() -> std::string {
    const FakePlace place = mounts().walk(view_, start_of(dir), path, {.follow_last = false});
    const FakeFile& file = place.node->file;
    if (file.is_magic() && file.content().empty()) return target_of(place);
    if (file.is_link()) return file.content();
    const std::string name = name_in_process(place.node);
    if (!name.starts_with(kNamespaces)) throw Errno{EINVAL};
    const std::string which = name.substr(kNamespaces.size());
    return fmt::format("{}:[{}]", which, namespaces_.at(which));
  });
}

// Of a link in /proc/self/fd: only getcwd(2) tells what is outside of the root.
std::string FakeKernel::target_of(const FakePlace& link) const {
  const auto target = view_.descriptor(link.node->name);
  if (!target) return {};
  for (const auto& [number, fd] : *open_) {
    if (std::to_string(number) == link.node->name && !fd.link.empty()) return fd.link;
  }
  const std::string path = world_->mounts.path_of(view_, *target);
  return path.starts_with(kUnreachable) ? path.substr(kUnreachable.size()) : path;
}

void FakeKernel::mkdirat(Fd dir, const std::string& name, mode_t mode) {
  step("mkdirat " + label_at(dir, name), with_mode("", mode), [&] {
    FakeFile file;
    file.empty_directory(mode & ~umask_ & 01777);  // mkdir(2): neither set-user-id nor set-group-id
    mounts().make(view_, start_of(dir), name, Resolve::kAnywhere, file);
  });
}

void FakeKernel::symlinkat(const std::string& target, Fd dir, const std::string& name) {
  step("symlinkat " + label_at(dir, name), " -> " + target, [&] {
    if (target.empty()) throw Errno{ENOENT};
    if (target.size() >= PATH_MAX) throw Errno{ENAMETOOLONG};
    FakeFile file;
    file.link_to(target);
    mounts().make(view_, start_of(dir), name, Resolve::kAnywhere, file);
  });
}

void FakeKernel::renameat(Fd dir, const std::string& name, const std::string& new_name) {
  step("renameat " + label_at(dir, new_name), " from " + name,
       [&] { mounts().rename(view_, start_of(dir), name, new_name); });
}

void FakeKernel::unlinkat(Fd dir, const std::string& name) {
  step("unlinkat " + label_at(dir, name), "", [&] { mounts().unlink(view_, start_of(dir), name); });
}

void FakeKernel::fchmod(Fd file, mode_t mode) {
  step("fchmod " + std::string(file.label), with_mode("", mode), [&] {
    const FakePlace& place = place_of(file);
    if (!get(file).in && !get(file).out) throw Errno{EBADF};  // O_PATH
    mounts().require_writable(place);
    if (!view_.credentials.owns(place.node->file)) throw Errno{EPERM};
    place.node->file.set_permissions(mode);
  });
}

void FakeKernel::empty_file(Fd file) {
  step("ftruncate " + std::string(file.label), "", [&] {
    const FakePlace& place = place_of(file);
    if (!get(file).in && !get(file).out) throw Errno{EBADF};  // O_PATH
    if (!get(file).out || !S_ISREG(place.node->file.mode())) throw Errno{EINVAL};
    place.node->found = false;  // its content is no longer that of the origin
    place.node->file.empty();
  });
}

void FakeKernel::access_executable(Fd dir, const std::string& path) {
  step("faccessat2 " + label_at(dir, path), " X_OK", [&] {
    const FakePlace place = mounts().walk(view_, start_of(dir), path, {});
    const FakeFile& file = place.node->file;
    const bool is_refused =
        S_ISREG(file.mode()) && mounts().has_attribute(place, MountAttr::kNoExec);
    if (is_refused || (file.mode() & 0111) == 0 || !view_.credentials.may(file, 1)) {
      throw Errno{EACCES};
    }
  });
}

std::vector<std::string> FakeKernel::getdents64(Fd dir) {
  return step("getdents64 " + std::string(dir.label), "", [&] {
    const NodePtr& node = place_of(dir).node;
    if (!get(dir).in && !get(dir).out) throw Errno{EBADF};  // O_PATH
    if (!node->file.is_directory()) throw Errno{ENOTDIR};
    std::vector<std::string> found;
    if (name_in_process(node) == "fd") {
      for (const auto& [number, fd] : *open_) found.push_back(std::to_string(number));
      return found;
    }
    for (const auto& [name, child] : children_of(node)) {
      if (child->listed && child->file.exists()) found.push_back(name);
    }
    return found;
  });
}

size_t FakeKernel::read(Fd file, std::span<std::byte> buffer) {
  return step("read " + std::string(file.label), "", [&] {
    const std::shared_ptr<Channel> in = get(file).in;
    if (!in) throw Errno{EBADF};
    const std::optional<FakePlace>& place = get(file).place;
    if (place && place->node->file.is_directory() && !place->node->file.imagines()) {
      throw Errno{EISDIR};
    }
    std::string& bytes = in->bytes;
    while (bytes.empty() && !in->ended) {
      if (take_event()) continue;
      throw std::logic_error("read " + std::string(file.label) + " would wait for ever");
    }
    const size_t size = std::min(buffer.size(), bytes.size());
    std::ranges::copy(std::as_bytes(std::span(bytes)).first(size), buffer.begin());
    bytes.erase(0, size);
    return size;
  });
}

size_t FakeKernel::write(Fd file, std::span<const std::byte> data) {
  return step("write " + std::string(file.label), quoted(data), [&] {
    const std::string_view bytes(reinterpret_cast<const char*>(data.data()), data.size());
    Descriptor& fd = get(file);
    if (fd.place && !fd.out) throw Errno{EBADF};
    written_[std::string(file.label)] += bytes;
    if (fd.place) {
      write_to_file(*fd.place, bytes);
    } else if (fd.out) {
      fd.out->bytes += bytes;
    } else if (!fd.inherited) {
      throw Errno{EBADF};
    }
    return data.size();
  });
}

void FakeKernel::write_to_file(const FakePlace& place, std::string_view bytes) {
  FakeNode& node = *place.node;
  if (node.system.full) throw Errno{ENOSPC};
  if (node.system.type != "proc") {
    if (S_ISREG(node.file.mode())) node.file.append(bytes);
    return;
  }
  // "inside outside count"
  const uint32_t inside =
      static_cast<uint32_t>(std::strtoul(std::string(bytes).c_str(), nullptr, 10));
  const std::string name = name_in_process(place.node);
  if (name == "uid_map") view_.credentials.inside_uid = inside;
  if (name == "gid_map") view_.credentials.inside_gid = inside;
  if (place.node->name == "max_user_namespaces") user_namespaces_left_ = inside;
}

void FakeKernel::lseek_to_start(Fd file) {
  step("lseek " + std::string(file.label), "", [&] { get(file); });
}

void FakeKernel::fchdir(Fd dir) {
  step("fchdir " + std::string(dir.label), "", [&] {
    const FakePlace& place = place_of(dir);
    if (!place.node->file.is_directory()) throw Errno{ENOTDIR};
    if (!view_.credentials.may(place.node->file, 1)) throw Errno{EACCES};
    view_.directory = place;
  });
}

std::string FakeKernel::getcwd() {
  return step("getcwd", "", [&] { return mounts().path_of(view_, view_.directory); });
}

mode_t FakeKernel::umask(mode_t mask) {
  note_call(with_mode("umask", mask));
  return std::exchange(umask_, mask);
}

}  // namespace kekkai::testing
