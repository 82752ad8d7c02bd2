// What a process can learn of its mounts and files: proc(5), getcwd(2).
#include "fake_paths.h"

#include <kekkai/simulation/fake_mounts.h>

#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>

namespace kekkai::testing {
namespace {

// As the kernel writes a path into mountinfo.
std::string escape(const std::string& path) {
  std::string text;
  for (const char c : path) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\\') {
      text += fmt::format("\\{:03o}", static_cast<unsigned>(c));
    } else {
      text += c;
    }
  }
  return text;
}

// "file 0644 \"content\"", "link -> target"; what tests/kernel/probe says of the same file.
std::string description(const FakeFile& file) {
  const unsigned mode = file.mode() & 07777;
  switch (file.mode() & S_IFMT) {
    case S_IFDIR:
      return fmt::format("directory {:04o}", mode);
    case S_IFLNK:
      return "link -> " + file.content();
    case S_IFREG:
      return fmt::format("file {:04o} {}", mode, file.content());
    case S_IFCHR:
      return fmt::format("device {:04o} {}:{}", mode, major(file.rdev()), minor(file.rdev()));
    default:
      return fmt::format("other {:04o}", mode);
  }
}

}  // namespace

std::string FakeMounts::path_of(const FakeView& view, const Place& place) const {
  std::string path;
  for (Place here = place; here != view.root;) {
    const Mount& mount = at(here);
    if (here.node != mount.root) {
      path.insert(0, "/" + here.node->name);
      const NodePtr parent = here.node->parent.lock();
      if (!parent) return path + " (deleted)";
      here.node = parent;
    } else {
      if (mount.on.mount == 0) return "(unreachable)" + (path.empty() ? "/" : path);
      here = mount.on;
    }
  }
  return path.empty() ? "/" : path;
}

std::string FakeMounts::mountinfo_line(const FakeView& view, MountId id) const {
  const Mount& mount = mounts_.at(id);
  const FakeFileSystem& system = *mount.system;
  const bool read_only = has(mount.attributes, MountAttr::kReadOnly);
  std::string line =
      fmt::format("{} {} {}:{} {} {} {}", id, id == view.root.mount ? 1 : mount.on.mount,
                  major(system.dev), minor(system.dev), escape(path_in_system(mount.root)),
                  escape(path_of(view, {id, mount.root})), read_only ? "ro" : "rw");
  for (const FlagName& flag : flag_table(MountAttr{})) {
    if (flag.name != "ro" && (bits(mount.attributes) & flag.value) != 0) {
      line.append(",").append(flag.name);
    }
  }
  line += ",relatime";
  if (mount.peers != 0) line += fmt::format(" shared:{}", mount.peers);
  if (mount.master != 0) line += fmt::format(" master:{}", mount.master);
  return line + " - " + system.type + " " + system.type + " rw\n";
}

std::string FakeMounts::mountinfo(const FakeView& view) const {
  std::string text;
  for (const MountId id : mounts_below({view.root.mount, at(view.root).root})) {
    text += mountinfo_line(view, id);
  }
  return text;
}

std::vector<FakeMounts::Shown> FakeMounts::shown(const FakeView& view) const {
  FakeView anybody = view;
  anybody.credentials.unlimited = true;
  std::vector<Shown> found;
  std::map<MountId, size_t> known;
  for (const MountId id : mounts_below({view.root.mount, at(view.root).root})) {
    const Mount& mount = mounts_.at(id);
    known[id] = found.size();
    Shown shown{.path = path_of(view, {id, mount.root}),
                .attributes = mount.attributes,
                .type = mount.system->type,
                .slave = mount.master != 0,
                .root = mount.root};
    const auto below = known.find(mount.on.mount);
    if (id != view.root.mount && below != known.end()) shown.below = below->second;
    const bool is_mirrored = origin_ && mount.system->origin == origin_;
    if (is_mirrored) shown.host_path = path_at_origin(mount.root);
    try {
      const Place place = walk(anybody, view.root, shown.path, {.follow_last = false});
      shown.is_hidden = place.mount != id;
    } catch (const Errno&) {
      shown.is_hidden = true;
    }
    found.push_back(std::move(shown));
  }
  return found;
}

void FakeMounts::list(const FakeView& view, const Place& directory, const std::string& path,
                      std::vector<std::string>& lines) const {
  for (const auto& [name, child] : children_of(directory.node)) {
    if (!child->file.exists() || !child->listed) continue;
    const Place place = step_into({directory.mount, child});
    const std::string here = join(path, name);
    lines.push_back(here + ": " + description(place.node->file));
    if (place.node->file.is_directory()) list(view, place, here, lines);
  }
}

std::vector<std::string> FakeMounts::tree(const FakeView& view) const {
  std::vector<std::string> lines{"/: " + description(view.root.node->file)};
  list(view, view.root, "/", lines);
  return lines;
}

}  // namespace kekkai::testing
