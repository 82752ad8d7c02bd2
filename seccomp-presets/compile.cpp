#include <kekkai/seccomp-presets/rules.h>
#include <kekkai/seccomp-presets/unclassified.h>

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace kekkai::seccomp {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw FilterError("cannot compile the system call filter: " + what);
}

[[noreturn]] void fail(const Rule& rule, const std::string& what) {
  fail("the rule for \"" + rule.call + "\" " + what);
}

std::string error_text(int error) { return std::generic_category().message(error); }

// libseccomp returns a negative errno where it fails.
void require(int result, const char* what) {
  if (result < 0) fail(std::string(what) + ": " + error_text(-result));
}

void check(const Rule& rule) {
  constexpr int kMaxErrno = 4094;  // Of libseccomp; the kernel has room for one more.
  if (rule.error < 1 || rule.error > kMaxErrno)
    fail(rule, "gives errno " + std::to_string(rule.error) + ", which is not within 1 to 4094");
  if (!rule.condition) return;
  const ArgCondition& condition = *rule.condition;
  if (condition.index > 5)
    fail(rule, "looks at argument " + std::to_string(condition.index) + ", but the last one is 5");
  if (condition.comparison == Comparison::kMaskedEqual && (condition.value & ~condition.mask) != 0)
    fail(rule, "compares with a value that its mask does not cover, so it would never apply");
}

scmp_arg_cmp libseccomp_condition(const ArgCondition& condition) {
  const auto compare = [&](scmp_compare op, uint64_t first, uint64_t second = 0) {
    return scmp_arg_cmp{condition.index, op, first, second};
  };
  switch (condition.comparison) {
    case Comparison::kEqual:
      return compare(SCMP_CMP_EQ, condition.value);
    case Comparison::kNotEqual:
      return compare(SCMP_CMP_NE, condition.value);
    case Comparison::kLess:
      return compare(SCMP_CMP_LT, condition.value);
    case Comparison::kLessOrEqual:
      return compare(SCMP_CMP_LE, condition.value);
    case Comparison::kGreater:
      return compare(SCMP_CMP_GT, condition.value);
    case Comparison::kGreaterOrEqual:
      return compare(SCMP_CMP_GE, condition.value);
    case Comparison::kMaskedEqual:
      return compare(SCMP_CMP_MASKED_EQ, condition.mask, condition.value);
  }
  fail("a condition has a comparison that does not exist");
}

// libseccomp's table gives names of other architectures negative numbers here: from -100 to -299
// those that stand for one function of socketcall(2) or ipc(2) (seccomp-syscalls.h), below these
// the ones that are absent. A name that is on no architecture is -1.
bool is_multiplexed(int number) { return number <= -100 && number > -300; }
bool is_absent(int number) { return number <= -10000; }

// A libseccomp filter for one architecture.
class ArchFilter {
 public:
  explicit ArchFilter(uint32_t architecture)
      : architecture_(architecture), context_(seccomp_init(SCMP_ACT_ALLOW), seccomp_release) {
    if (!context_) fail("out of memory");
    if (architecture != seccomp_arch_native()) {
      require(seccomp_arch_add(context(), architecture), "adding an architecture");
      require(seccomp_arch_remove(context(), SCMP_ARCH_NATIVE), "removing the native architecture");
    }
    set(SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    set(SCMP_FLTATR_CTL_OPTIMIZE, 2);  // A tree: a call costs less than with a list.
  }

  void add(const Rule& rule) {
    const int here = seccomp_syscall_resolve_name_arch(architecture_, rule.call.c_str());
    if (here == __NR_SCMP_ERROR) fail("there is no system call \"" + rule.call + "\"");
    if (is_absent(here)) return;
    // The function's number takes the first argument's place, the others are in memory: a condition
    // cannot be checked, and libseccomp would refuse the function altogether.
    if (is_multiplexed(here) && rule.condition) return;

    scmp_arg_cmp condition{};
    if (rule.condition) condition = libseccomp_condition(*rule.condition);
    // Numbers are given as native ones, pseudo numbers included; libseccomp translates them.
    const int result = seccomp_rule_add_array(
        context(), SCMP_ACT_ERRNO(static_cast<uint32_t>(rule.error)),
        seccomp_syscall_resolve_name(rule.call.c_str()), rule.condition ? 1 : 0, &condition);
    if (result == -EEXIST) fail(rule, "contradicts another one");
    if (result < 0) fail(rule, "cannot be added: " + error_text(-result));
  }

  void merge(ArchFilter other) {
    require(seccomp_merge(context(), other.context()), "merging two architectures");
    static_cast<void>(other.context_.release());  // It belongs to this one now.
  }

  void write_to(int fd) const { require(seccomp_export_bpf(context(), fd), "exporting it"); }

 private:
  scmp_filter_ctx context() const { return context_.get(); }
  void set(scmp_filter_attr attribute, uint32_t value) {
    require(seccomp_attr_set(context(), attribute, value), "setting an attribute");
  }

  uint32_t architecture_;
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
};

// libseccomp 2.5 exports to a descriptor only.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("kekkai-filter", MFD_CLOEXEC)) {
    require(fd_ < 0 ? -errno : 0, "memfd_create");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }

  int fd() const { return fd_; }

  void append_to(Program& program) const {
    struct stat status {};
    require(fstat(fd_, &status) < 0 ? -errno : 0, "fstat");
    const auto size = static_cast<size_t>(status.st_size);
    const size_t before = program.size();
    program.resize(before + size / sizeof(sock_filter));
    const ssize_t got = pread(fd_, program.data() + before, size, 0);
    require(got < 0 ? -errno : 0, "pread");
    if (static_cast<size_t>(got) != size || size % sizeof(sock_filter) != 0)
      fail("libseccomp wrote half an instruction");
  }

 private:
  int fd_;
};

uint32_t sibling_of(uint32_t native) {
  if (native == SCMP_ARCH_X86_64) return SCMP_ARCH_X86;
  fail("multiarch: no second architecture is known for this one");
}

ArchFilter filter_for(uint32_t architecture, const std::vector<Rule>& rules) {
  ArchFilter filter(architecture);
  for (const Rule& rule : rules) filter.add(rule);
  return filter;
}

}  // namespace

Program compile(const std::vector<Rule>& rules, const CompileOptions& options) {
  for (const Rule& rule : rules) check(rule);
  const uint32_t native = seccomp_arch_native();
  Program program;
  if (options.refuse_unclassified) append_unclassified_refusal(program, native);

  ArchFilter filter = filter_for(native, rules);
  if (options.multiarch) {
    const uint32_t sibling = sibling_of(native);
    filter.merge(filter_for(sibling, rules));
    if (options.refuse_unclassified) append_unclassified_refusal(program, sibling);
  }
  const MemoryFile file;
  filter.write_to(file.fd());
  file.append_to(program);
  if (program.size() > BPF_MAXINSNS)
    fail("it has " + std::to_string(program.size()) + " instructions, the kernel accepts " +
         std::to_string(BPF_MAXINSNS));
  return program;
}

}  // namespace kekkai::seccomp
