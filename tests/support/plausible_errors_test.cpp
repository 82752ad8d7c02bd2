#include "every_call.h"

#include <kekkai/testing/fault_injector.h>
#include <kekkai/testing/mock_dispatcher.h>
#include <kekkai/testing/plausible_errors.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace kekkai::testing {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(PlausibleErrors, EveryCallThatCanFailHasSome) {
  for (const AnyCall& call : every_call()) {
    ::testing::NiceMock<MockDispatcher> mock;
    FaultInjector k(mock);
    call(k);
    const std::string text = k.calls().front();
    EXPECT_THAT(plausible_errors(text), Not(IsEmpty())) << text;
  }
}

TEST(PlausibleErrors, AreDifferentOnes) {
  for (const char* call : {"openat2 /usr", "mkdirat /tmp/x", "fsconfig create overlay", "clone"}) {
    const auto errors = plausible_errors(call);
    EXPECT_EQ(std::set<int>(errors.begin(), errors.end()).size(), errors.size()) << call;
  }
}

TEST(PlausibleErrors, TheLongestNameCounts) {
  EXPECT_THAT(plausible_errors("read signalfd"), Not(Contains(EIO)));
  EXPECT_THAT(plausible_errors("read /etc/passwd"), Contains(EIO));
  EXPECT_THAT(plausible_errors("fsconfig create overlay"), Contains(ELOOP));
  EXPECT_THAT(plausible_errors("fsconfig overlay lowerdir=/create"), Not(Contains(ELOOP)));
}

TEST(PlausibleErrors, NamesAreWholeWords) {
  EXPECT_THAT(plausible_errors("reading"), IsEmpty());
  EXPECT_THAT(plausible_errors("fcntl"), IsEmpty());
  EXPECT_THAT(plausible_errors(""), IsEmpty());
}

}  // namespace
}  // namespace kekkai::testing
