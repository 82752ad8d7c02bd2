// One example for each double of kekkai::testing: what it is for, and how little it takes.
#include <kekkai/init/init.h>
#include <kekkai/launcher/container.h>
#include <kekkai/ops/source.h>
#include <kekkai/simulation/fake_kernel.h>
#include <kekkai/testing/bpf_interpreter.h>
#include <kekkai/testing/fault_injector.h>
#include <kekkai/testing/mock_dispatcher.h>
#include <kekkai/testing/plausible_errors.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>

namespace example {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Throw;

// MockDispatcher: an answer that no model would give. Everything is said by hand.
TEST(Doubles, MockDispatcherGivesOddAnswers) {
  testing::NiceMock<kekkai::testing::MockDispatcher> k;
  EXPECT_CALL(k, read).WillOnce(Throw(kekkai::SyscallError(EIO, "read /srv/disk")));
  EXPECT_THROW(kekkai::read_text(k, kekkai::Fd(7, "/srv/disk")), kekkai::SyscallError);
}

// ScriptedDispatcher: which calls are made, in which order, with what. Only what is special about
// the host is said; every other path is a directory.
TEST(Doubles, ScriptedDispatcherWritesATranscript) {
  kekkai::testing::ScriptedDispatcher k;
  k.host("/srv/data").missing();
  EXPECT_THROW(kekkai::open_source(k, "/srv/data"), kekkai::SyscallError);
  EXPECT_THAT(k.transcript(), ElementsAre("openat2 /srv/data O_PATH NO_MAGICLINKS = ENOENT"));
}

// FakeKernel: what comes of it. Launcher and init run as they are, on a Linux in memory, and the
// container can be asked about.
kekkai::ContainerSettings settings_on(kekkai::testing::FakeKernel& host) {
  host.host("/usr/libexec/kekkai-init").executable();
  host.run_as("/usr/libexec/kekkai-init",
              [](kekkai::testing::FakeKernel& k) { return kekkai::run_init(k, "3"); });
  host.host("/usr/bin/true").executable();
  kekkai::ContainerSettings settings;
  settings.init.path = "/usr/libexec/kekkai-init";
  settings.params.command = {"/usr/bin/true"};
  settings.params.ops.bind({.source = "/usr", .target = "/usr"});
  return settings;
}

TEST(Doubles, FakeKernelShowsTheContainer) {
  kekkai::testing::FakeKernel host;
  host.host("/srv/data/report").regular("text");
  kekkai::ContainerSettings settings = settings_on(host);
  settings.params.ops.bind({.source = "/srv/data", .target = "/data"});
  kekkai::Container container(host, settings);
  container.start();
  EXPECT_THAT(host.process(container.init_pid()).tree(), Contains("/data/report: file 0644 text"));
  EXPECT_EQ(container.wait().code(), 0);
}

// The same with a hazard: the path is another one by the time that it is cloned.
TEST(Doubles, FakeKernelSwapsPathsBetweenTwoCalls) {
  kekkai::testing::FakeKernel k;
  k.enter_namespaces(kekkai::Namespace::kUser | kekkai::Namespace::kMount);
  k.host("/srv").owned_by(1000, 1000);
  k.host("/srv/data");
  k.before_call("open_tree /srv/data", [&] {
    const kekkai::UniqueFd srv = kekkai::open_source(k, "/srv");
    k.renameat(srv, "data", "moved");
    k.symlinkat("/etc", srv, "data");
  });
  const kekkai::UniqueFd data = kekkai::open_source(k, "/srv/data");
  EXPECT_NO_THROW(k.open_tree(data, kekkai::Reach::kRecursive)) << "a descriptor is no path";
}

// FaultInjector: any call of any Dispatcher fails, here each call of a start in turn.
TEST(Doubles, FaultInjectorFailsEachCallOnce) {
  size_t calls = 1, tried = 0;
  for (size_t i = 0; i < calls; ++i) {
    kekkai::testing::FakeKernel host;
    const kekkai::ContainerSettings settings = settings_on(host);
    kekkai::testing::FaultInjector k(host);
    if (i > 0) k.fail(i - 1, ENOMEM);
    try {
      kekkai::Container container(k, settings);
      container.launch();
      calls = k.calls().size() + 1;  // of the first run, in which none fails
      EXPECT_EQ(i, 0U);
    } catch (const kekkai::StartError& e) {
      EXPECT_THAT(e.what(), testing::HasSubstr("Cannot allocate memory"));
      ++tried;
    }
    EXPECT_THAT(host.open_descriptors(), testing::IsEmpty());
  }
  EXPECT_EQ(tried, calls - 1);
}

// plausible_errors: with which errnos a call fails on real machines.
TEST(Doubles, PlausibleErrorsAreThoseOfTheManPages) {
  EXPECT_THAT(kekkai::testing::plausible_errors("mkdirat /srv/data"), Contains(ENOSPC));
}

// BpfInterpreter: what a filter does with a call, and not what it looks like.
TEST(Doubles, BpfInterpreterDecidesAboutACall) {
  const std::vector<sock_filter> refuse_call_7{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 7},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  const kekkai::testing::BpfInterpreter filter(refuse_call_7);
  EXPECT_EQ(filter.run({.nr = 7}), kekkai::testing::refused(EPERM));
  EXPECT_EQ(filter.run({.nr = 8}), kekkai::testing::kAllowed);
}

}  // namespace
}  // namespace example
