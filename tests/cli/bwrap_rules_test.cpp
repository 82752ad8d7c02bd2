// Which of bubblewrap's options go together, and what they come to for a caller.
#include "../../cli/bwrap_rules.h"

#include "../../cli/bwrap_error.h"
#include "../../cli/bwrap_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kekkai::cli {
namespace {

using ::testing::ElementsAre;
using Words = std::vector<std::string>;

BwrapOptions parse(const Words& words) {
  BwrapOptions options;
  parse_bwrap(
      words, [](int) { return std::string(); }, options);
  return options;
}

const BwrapCaller kUser{.uid = 1000, .gid = 100, .known_capabilities = 0xff};
const BwrapCaller kRoot{.capabilities = 0x7f, .known_capabilities = 0xff};

std::string broken_rule(const Words& words, const BwrapCaller& caller) {
  try {
    check_bwrap(parse(words), caller);
  } catch (const BwrapError& e) {
    return e.what();
  }
  return {};
}

TEST(BwrapRules, RefuseWhatDoesNotGoTogether) {
  const struct {
    Words words;
    const char* error;
  } cases[] = {
      {{"--userns-block-fd", "3", "--info-fd", "4"}, "--userns-block-fd requires --unshare-user"},
      {{"--userns-block-fd", "3", "--unshare-user"}, "--userns-block-fd requires --info-fd"},
      {{"--userns", "3", "--unshare-user"}, "--userns not compatible --unshare-user"},
      {{"--userns", "3", "--unshare-all"}, "--userns not compatible --unshare-user-try"},
      {{"--disable-userns", "--unshare-all"}, "--disable-userns requires --unshare-user"},
      {{"--disable-userns", "--unshare-user", "--userns-block-fd", "3", "--info-fd", "4"},
       "--disable-userns is not compatible with  --userns-block-fd"},
      {{"--hostname", "x"}, "Specifying --hostname requires --unshare-uts"},
      {{"--as-pid-1"}, "Specifying --as-pid-1 requires --unshare-pid"},
      {{"--as-pid-1", "--unshare-pid", "--lock-file", "/x"},
       "Specifying --as-pid-1 and --lock-file is not permitted"},
      {{"--chdir", ""}, "Can't chdir to : No such file or directory"},
      {{"--unshare-uts", "--hostname", ""}, "Can't set hostname to : Invalid argument"},
      {{"--exec-label", "x"}, "labeling not supported on this system"},
      {{"--unshare-all", "--hostname", "x", "--as-pid-1", "--uid", "7", "--gid", "7"}, ""},
  };
  for (const auto& c : cases) EXPECT_EQ(broken_rule(c.words, kUser), c.error);
}

TEST(BwrapRules, LeaveItToInitWhetherSomebodyIsRootThere) {
  EXPECT_TRUE(bwrap_asks_for_root(parse({"--userns", "3"}), kRoot));
  EXPECT_TRUE(bwrap_asks_for_root(parse({"--userns-block-fd", "3"}), kRoot));
  EXPECT_FALSE(bwrap_asks_for_root(parse({"--userns", "3", "--cap-add", "ALL"}), kRoot));
  EXPECT_FALSE(bwrap_asks_for_root(parse({"--userns", "3"}), kUser));
  EXPECT_FALSE(bwrap_asks_for_root(parse({"--unshare-user"}), kRoot));
}

TEST(BwrapRules, LetOnlyRootDoWithoutAUserNamespace) {
  EXPECT_EQ(broken_rule({"--uid", "7"}, kRoot),
            "Specifying --uid requires --unshare-user or --userns");
  EXPECT_EQ(broken_rule({"--gid", "7"}, kRoot),
            "Specifying --gid requires --unshare-user or --userns");
  EXPECT_EQ(broken_rule({"--uid", "0", "--gid", "0"}, kRoot), "");
  EXPECT_EQ(bwrap_namespaces(parse({}), kRoot), Namespace::kMount);
  EXPECT_EQ(bwrap_namespaces(parse({}), kUser), Namespace::kMount | Namespace::kUser);
  EXPECT_EQ(bwrap_namespaces(parse({"--userns", "3"}), kUser), Namespace::kMount);
}

TEST(BwrapRules, TryAUserNamespaceWhereThereAreSome) {
  BwrapCaller caller = kRoot;
  EXPECT_EQ(names(bwrap_namespaces(parse({"--unshare-all"}), caller)),
            names(Namespace::kUser | Namespace::kPid | Namespace::kMount | Namespace::kIpc |
                  Namespace::kUts | Namespace::kCgroup | Namespace::kNet));
  caller.has_user_namespaces = false;
  EXPECT_FALSE(has(bwrap_namespaces(parse({"--unshare-all"}), caller), Namespace::kUser));
  EXPECT_TRUE(has(bwrap_namespaces(parse({"--unshare-user"}), caller), Namespace::kUser));
}

TEST(BwrapRules, KeepTheCapabilitiesOfRootOnly) {
  EXPECT_EQ(bwrap_capabilities(parse({}), kRoot), 0x7fU);
  EXPECT_EQ(bwrap_capabilities(parse({"--cap-drop", "CAP_CHOWN"}), kRoot), 0x7eU);
  EXPECT_EQ(bwrap_capabilities(parse({"--cap-drop", "ALL", "--cap-add", "cap_kill"}), kRoot),
            0x20U);
  EXPECT_EQ(bwrap_capabilities(parse({"--cap-add", "ALL"}), kRoot), 0x7fU);
  EXPECT_EQ(bwrap_capabilities(parse({"--cap-add", "ALL", "--unshare-user"}), kRoot), 0xffU);
  EXPECT_EQ(bwrap_capabilities(parse({}), kUser), 0U);
  EXPECT_EQ(bwrap_capabilities(parse({"--cap-add", "all", "--cap-drop", "CAP_KILL"}), kUser),
            0xdfU);
}

TEST(BwrapRules, PassOnWhatNoOptionIsAbout) {
  BwrapCaller caller = kUser;
  for (int i = 3; i < 22; ++i) caller.descriptors.push_back(i);
  const Words words{"--args",    "9",
                    "--file",    "3",
                    "/a",        "--ro-bind-data",
                    "4",         "/b",
                    "--bind-fd", "5",
                    "/c",        "--seccomp",
                    "6",         "--info-fd",
                    "7",         "--json-status-fd",
                    "8",         "--sync-fd",
                    "10",        "--block-fd",
                    "11",        "--userns",
                    "12",        "--userns2",
                    "13",        "--pidns",
                    "14",        "--userns-block-fd",
                    "15"};
  EXPECT_THAT(bwrap_inherited(parse(words), caller), ElementsAre(16, 17, 18, 19, 20, 21));
  EXPECT_THAT(bwrap_inherited(parse({"--add-seccomp-fd", "3", "--as-pid-1", "--sync-fd", "4"}),
                              {.descriptors = {3, 4, 5}}),
              ElementsAre(4, 5));
}

}  // namespace
}  // namespace kekkai::cli
