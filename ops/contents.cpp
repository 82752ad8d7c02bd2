#include <kekkai/ops/contents.h>

#include <errno.h>

#include <array>

namespace kekkai {
namespace {

constexpr size_t kChunk = 64U << 10;  // bytes; as much as a pipe holds

}  // namespace

UniqueFd make_file_mount(SetupState& state, Dispatcher& k, const Fill& fill, mode_t mode,
                         MountAttr attr) {
  const UniqueFd file =
      k.openat2(state.intermediate_root, "content-" + std::to_string(state.contents_made++),
                Open::kCreate | Open::kExclusive | Open::kWriteOnly,
                Resolve::kBeneath | Resolve::kNoSymlinks, 0600);
  fill(file);
  k.fchmod(file, mode);
  UniqueFd mount = k.open_tree(file, Reach::kOne);
  mount.set_label("content");
  k.mount_setattr(mount, attr, Propagation::kPrivate, Reach::kOne);
  return mount;
}

UniqueFd make_file_mount(SetupState& state, Dispatcher& k, std::string_view content, mode_t mode,
                         MountAttr attr) {
  const Fill fill = [&](Fd file) { write_all(k, file, content); };
  return make_file_mount(state, k, fill, mode, attr);
}

size_t read_waiting(Dispatcher& k, Fd file, std::span<std::byte> buffer) {
  for (;;) {
    try {
      return k.read(file, buffer);
    } catch (const SyscallError& e) {
      if (e.error() != EAGAIN) throw;
    }
    std::array<PollFd, 1> fds{{{.fd = file.number}}};
    k.poll(fds, std::nullopt);
  }
}

void copy_all(Dispatcher& k, Fd from, Fd to) {
  std::vector<std::byte> chunk(kChunk);
  while (const size_t got = read_waiting(k, from, chunk)) {
    write_all(k, to, std::span(chunk).first(got));
  }
}

UniqueFd make_file_system(Dispatcher& k, const std::string& type,
                          const std::vector<std::pair<std::string, std::string>>& options,
                          MountAttr attr) {
  const UniqueFd context = k.fsopen(type);
  for (const auto& [key, value] : options) k.fsconfig_string(context, key, value);
  k.fsconfig_create(context);
  return k.fsmount(context, attr);
}

}  // namespace kekkai
