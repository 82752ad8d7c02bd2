// Attestation with a clock around it, for programs that are otherwise the shipped ones. When the
// last part is over, its program's stdout gets one line of JSON: microseconds for each part.
//
// The parts are the shipped source under other names. The linker finds here what it would look for
// in attestation.cpp of the library, and leaves that one out.
#include <kekkai/init/attestation.h>

#include <time.h>
#include <unistd.h>

#define attest_mounts untimed_attest_mounts            // NOLINT: see above
#define attest_namespaces untimed_attest_namespaces    // NOLINT
#define attest_privileges untimed_attest_privileges    // NOLINT
#define attest_descriptors untimed_attest_descriptors  // NOLINT
#include "../init/attestation.cpp"                     // NOLINT
#undef attest_mounts
#undef attest_namespaces
#undef attest_privileges
#undef attest_descriptors

struct statx;
// What Sysroot asks of each mount that it attaches: its id, which only attestation needs.
extern "C" int __real_statx(int dir, const char* path, int flags, unsigned mask,  // NOLINT: ld's
                            struct statx* status);

namespace {

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

double in_statx = 0;
double in_mounts = 0;
double in_namespaces = 0;
double in_privileges = 0;

template <class Run>
double microseconds(Run run) {
  const double begin = now();
  run();
  return now() - begin;
}

}  // namespace

extern "C" int __wrap_statx(int dir, const char* path, int flags, unsigned mask,  // NOLINT: ld's
                            struct statx* status) {
  if (getpid() != 1) return __real_statx(dir, path, flags, mask, status);  // the launcher's
  int result = -1;
  in_statx += microseconds([&] { result = __real_statx(dir, path, flags, mask, status); });
  return result;
}

namespace kekkai {

void attest_mounts(Dispatcher& k, Fd witness, const Sysroot& sysroot) {
  in_mounts = microseconds([&] { untimed_attest_mounts(k, witness, sysroot); });
}

void attest_namespaces(Dispatcher& k, Fd witness, const std::vector<std::string>& host_namespaces) {
  in_namespaces = microseconds([&] { untimed_attest_namespaces(k, witness, host_namespaces); });
}

void attest_privileges(Dispatcher& k, Fd witness, uint64_t kept) {
  in_privileges = microseconds([&] { untimed_attest_privileges(k, witness, kept); });
}

void attest_descriptors(Dispatcher& k, Fd witness, std::set<int> known) {
  const double in_descriptors =
      microseconds([&] { untimed_attest_descriptors(k, witness, std::move(known)); });
  write_all(k, Fd(1, "stdout"),
            "{\"statx\": " + std::to_string(in_statx) + ", \"mounts\": " +
                std::to_string(in_mounts) + ", \"namespaces\": " + std::to_string(in_namespaces) +
                ", \"privileges\": " + std::to_string(in_privileges) +
                ", \"descriptors\": " + std::to_string(in_descriptors) + "}\n");
}

}  // namespace kekkai
