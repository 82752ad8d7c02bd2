#include <kekkai/init/identity.h>
#include <kekkai/ops/refusal.h>

#include <linux/magic.h>

#include <array>
#include <charconv>

namespace kekkai {
namespace {

UniqueFd open_proc_file(Dispatcher& k, Fd dir, const std::string& path, Open flags) {
  UniqueFd file = k.openat2(dir, path, flags, Resolve::kAnywhere);
  // A mount over it would take what is meant for the kernel.
  if (k.fstatfs(file) != PROC_SUPER_MAGIC) throw Refusal(path + " is not a file of proc");
  return file;
}

void write_proc_file(Dispatcher& k, Fd dir, const std::string& path, const std::string& text) {
  write_all(k, open_proc_file(k, dir, path, Open::kWriteOnly), text);
}

std::string single_id_map(uint32_t inside, uint32_t outside) {
  return std::to_string(inside) + " " + std::to_string(outside) + " 1\n";
}

// Below `self`, which is /proc/self and may be the directory that it leads to.
void write_maps(Dispatcher& k, Fd dir, const std::string& self, const std::string& users,
                const std::string& groups) {
  // The files of a process that is not dumpable belong to root.
  k.set_dumpable(true);
  write_proc_file(k, dir, self + "uid_map", users);
  write_proc_file(k, dir, self + "setgroups", "deny\n");
  write_proc_file(k, dir, self + "gid_map", groups);
  k.set_dumpable(false);
}

}  // namespace

void bring_loopback_up(Dispatcher& k) { k.set_interface_up(k.inet_socket(), "lo"); }

void map_ids(Dispatcher& k, const SetupRequest& request) {
  write_maps(k, Fd::cwd(), "/proc/self/", single_id_map(request.params.uid, request.host_uid),
             single_id_map(request.params.gid, request.host_gid));
}

void await_id_map(Dispatcher& k, Fd gate) {
  std::array<PollFd, 1> news{{{.fd = gate.number}}};
  while (!news[0].readable && !news[0].hung_up) k.poll(news, std::nullopt);
  const UniqueFd map = open_proc_file(k, Fd::cwd(), "/proc/self/uid_map", Open::kReadOnly);
  if (read_text(k, map).empty()) {
    throw Refusal("nobody has mapped the ids of its user namespace, although the wait is over");
  }
}

void forbid_more_user_namespaces(Dispatcher& k) {
  write_proc_file(k, Fd::cwd(), "/proc/sys/user/max_user_namespaces", "1\n");
}

void enter_last_user_namespace(Dispatcher& k, Fd self) {
  const uint32_t user = k.getresuid().effective;
  const uint32_t group = k.getresgid().effective;
  k.unshare(Namespace::kUser);
  write_maps(k, self, "", single_id_map(user, user), single_id_map(group, group));
}

void require_no_more_user_namespaces(Dispatcher& k) {
  try {
    k.unshare(Namespace::kUser);
  } catch (const SyscallError&) {
    return;  // whatever the reason: for the program it is the same
  }
  throw Refusal("the program could make user namespaces, although it must not");
}

}  // namespace kekkai
