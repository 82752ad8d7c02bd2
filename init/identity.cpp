#include <kekkai/init/identity.h>
#include <kekkai/ops/refusal.h>

#include <linux/magic.h>

#include <charconv>

namespace kekkai {
namespace {

UniqueFd open_proc_file(Dispatcher& k, const std::string& path, Open flags) {
  UniqueFd file = k.openat2(Fd::cwd(), path, flags, Resolve::kAnywhere);
  // A mount over it would take what is meant for the kernel.
  if (k.fstatfs(file) != PROC_SUPER_MAGIC) throw Refusal(path + " is not a file of proc");
  return file;
}

void write_proc_file(Dispatcher& k, const std::string& path, const std::string& text) {
  write_all(k, open_proc_file(k, path, Open::kWriteOnly), text);
}

std::string single_id_map(uint32_t inside, uint32_t outside) {
  return std::to_string(inside) + " " + std::to_string(outside) + " 1\n";
}

}  // namespace

void bring_loopback_up(Dispatcher& k) { k.set_interface_up(k.inet_socket(), "lo"); }

void map_ids(Dispatcher& k, const SetupRequest& request) {
  // The files of a process that is not dumpable belong to root.
  k.set_dumpable(true);
  write_proc_file(k, "/proc/self/uid_map", single_id_map(request.params.uid, request.host_uid));
  write_proc_file(k, "/proc/self/setgroups", "deny\n");
  write_proc_file(k, "/proc/self/gid_map", single_id_map(request.params.gid, request.host_gid));
  k.set_dumpable(false);
}

unsigned read_last_capability(Dispatcher& k) {
  const std::string path = "/proc/sys/kernel/cap_last_cap";
  const std::string text = read_text(k, open_proc_file(k, path, Open::kReadOnly));
  unsigned last = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), last);
  if (error != std::errc() || std::string_view(end) != "\n" || last > 63) {
    throw Refusal(path + " does not hold the number of a capability");
  }
  return last;
}

}  // namespace kekkai
