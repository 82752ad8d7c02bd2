#include "plan_view.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>

namespace kekkai::cli {
namespace {

using testing::FakeKernel;
using testing::FakeMounts;
using testing::NodePtr;

std::string join(const std::string& directory, const std::string& name) {
  return directory == "/" ? directory + name : directory + "/" + name;
}

// Whether it is there because the host has it there.
bool has_come_along(const PlannedMount& mount, const PlannedMount& below) {
  if (mount.host_path.empty() || below.host_path.empty()) return false;
  if (mount.attributes != below.attributes || mount.path == below.path) return false;
  const std::string rest = below.path == "/" ? mount.path : mount.path.substr(below.path.size());
  return mount.host_path == (below.host_path == "/" ? rest : below.host_path + rest);
}

std::vector<PlannedMount> mounts_of(const std::vector<FakeMounts::Shown>& shown) {
  std::vector<PlannedMount> mounts;
  mounts.reserve(shown.size());
  for (const FakeMounts::Shown& mount : shown) {
    mounts.push_back({.path = mount.path,
                      .type = mount.type,
                      .host_path = mount.host_path,
                      .root = testing::path_in_system(mount.root),
                      .mode = mount.root->file.mode(),
                      .attributes = mount.attributes,
                      .slave = mount.slave,
                      .is_hidden = mount.is_hidden});
  }
  for (size_t i = 0; i < mounts.size(); ++i) {
    if (shown[i].below) mounts[i].came_along = has_come_along(mounts[i], mounts[*shown[i].below]);
  }
  return mounts;
}

// What ops made on a file system of the container's own.
void list(const NodePtr& directory, const std::string& path,
          std::map<std::string, PlannedFile>& tree) {
  for (const auto& [name, child] : directory->children) {
    if (!child->file.exists() || child->found) continue;
    const std::string here = join(path, name);
    const bool is_link = child->file.is_link();
    tree[here] = {here, child->file.mode(), is_link ? child->file.content() : "", std::nullopt};
    list(child, here, tree);
  }
}

std::vector<PlannedFile> tree_of(const std::vector<FakeMounts::Shown>& shown,
                                 const std::vector<PlannedMount>& mounts) {
  std::map<std::string, PlannedFile> tree;
  for (const FakeMounts::Shown& mount : shown) {
    const bool is_made = mount.type == "tmpfs" || mount.type == "overlay";
    const bool is_own = mount.host_path.empty() && is_made;
    if (is_own && !mount.is_hidden) list(mount.root, mount.path, tree);
  }
  for (size_t i = 0; i < mounts.size(); ++i) {
    const PlannedMount& mount = mounts[i];
    if (mount.is_hidden || mount.came_along) continue;
    tree[mount.path] = {mount.path, mount.mode, {}, i};
  }
  std::vector<PlannedFile> files;
  files.reserve(tree.size());
  for (auto& [path, file] : tree) files.push_back(std::move(file));
  // A directory before what is in it, whatever sorts between them.
  std::ranges::sort(files, [](const PlannedFile& a, const PlannedFile& b) {
    return std::ranges::lexicographical_compare(
        a.path, b.path, {}, [](char c) { return c == '/' ? '\0' : c; },
        [](char c) { return c == '/' ? '\0' : c; });
  });
  return files;
}

bool is_socket(FakeKernel& k, const std::string& path) {
  try {
    return S_ISSOCK(k.statx(k.openat2(Fd::cwd(), path, Open::kPath, Resolve::kAnywhere, 0)).mode);
  } catch (const SyscallError&) {
    return false;
  }
}

// Behind which somebody does what a program asks for, with more rights than it has.
std::vector<std::string> sockets_in(FakeKernel& k, const Params& params) {
  std::vector<std::string> candidates{
      "/run/docker.sock",        "/var/run/docker.sock",       "/run/containerd/containerd.sock",
      "/run/podman/podman.sock", "/run/crio/crio.sock",        "/run/dbus/system_bus_socket",
      "/run/systemd/private",    "/run/systemd/journal/socket"};
  const std::string runtime = "/run/user/" + std::to_string(k.getresuid().effective);
  for (const char* name : {"bus", "podman/podman.sock", "docker.sock", "systemd/private",
                           "pipewire-0", "pulse/native", "wayland-0", "gnupg/S.gpg-agent"}) {
    candidates.push_back(runtime + "/" + name);
  }
  for (int display = 0; display < 4; ++display) {
    candidates.push_back("/tmp/.X11-unix/X" + std::to_string(display));
  }
  for (const std::string& variable : params.env) {
    const std::string_view value = std::string_view(variable).substr(variable.find('=') + 1);
    if (value.starts_with("unix:path=/")) candidates.emplace_back(value.substr(10));
    if (variable.starts_with("SSH_AUTH_SOCK=/")) candidates.emplace_back(value);
  }
  std::vector<std::string> found;
  for (const std::string& path : candidates) {
    const bool is_known = std::ranges::find(found, path) != found.end();
    if (!is_known && is_socket(k, path)) found.push_back(path);
  }
  return found;
}

}  // namespace

void look_into(FakeKernel& init, Plan& plan) {
  init.on_call({});
  const std::vector<FakeMounts::Shown> shown = init.mounts_shown();
  plan.mounts = mounts_of(shown);
  plan.tree = tree_of(shown, plan.mounts);
  plan.sockets = sockets_in(init, plan.params);
  if (!plan.params.command.empty()) plan.program = init.spawned().back().path;
  plan.directory = init.getcwd();
}

}  // namespace kekkai::cli
