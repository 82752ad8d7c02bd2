#include <kekkai/init/frame.h>
#include <kekkai/init/params.h>
#include <kekkai/ops/refusal.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>

namespace kekkai {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

// Every field differs from its default.
SetupRequest full_request() {
  Params params;
  params.ops.bind({.source = "/", .target = "/"})
      .tmpfs({.path = "/tmp", .mode = 01777})
      .proc({.path = "/proc", .open = {"sys"}})
      .dev()
      .mkdir({.path = "/a", .mode = 0700})
      .symlink({.path = "/l", .target = "/t"})
      .file({.path = "/f", .content = std::string("\0\n", 2)});
  params.command = {"/bin/sh", "-c", ""};
  params.env = {"A=1", "B="};
  params.working_directories = {"/home/user", "/"};
  params.uid = 1;
  params.gid = 2;
  params.hostname = "box";
  params.namespaces = kAllNamespaces & ~Namespace::kNet;
  params.terminal = Terminal::kOwn;
  params.window_size = {.ws_row = 24, .ws_col = 80};
  params.filters = {{{0x20, 0, 0, 4}, {0x15, 1, 255, 0xc000003e}}, {{0x06, 0, 0, 0x7fff0000}}};
  params.asking_filter = {{0x06, 0, 0, 0x7fc00000}};
  params.keep_capabilities = uint64_t{1} << 40 | 1;
  params.extra_files = {3, 200};
  params.adopt_wait_delay = std::chrono::milliseconds(12);
  params.kill_delay = std::chrono::milliseconds(345);
  params.cancel_with_interrupt = true;
  params.parent_mode = 0700;
  params.verbose = true;
  return {.params = params,
          .host_uid = 1000,
          .host_gid = 100,
          .host_namespaces = {"pid:[4026531836]", "mnt:[4026531841]"}};
}

SetupRequest least_request() {
  Params params;
  params.command = {"true"};
  return {.params = params};
}

std::string error_of(const std::string& payload) {
  try {
    decode_setup_request(payload);
    return "no error";
  } catch (const StreamError& e) {
    return e.what();
  }
}

TEST(SetupRequest, ComesOutAsItWentIn) {
  const SetupRequest request = full_request();
  const SetupRequest copy = decode_setup_request(encode(request));
  EXPECT_EQ(encode(copy), encode(request));
  const Params& p = copy.params;
  EXPECT_TRUE(p.ops == request.params.ops);
  EXPECT_EQ(p.command, request.params.command);
  EXPECT_EQ(p.env, request.params.env);
  EXPECT_EQ(p.working_directories, request.params.working_directories);
  EXPECT_EQ(p.uid, 1U);
  EXPECT_EQ(p.gid, 2U);
  EXPECT_EQ(p.hostname, "box");
  EXPECT_FALSE(has(p.namespaces, Namespace::kNet));
  EXPECT_EQ(p.terminal, Terminal::kOwn);
  EXPECT_EQ(p.window_size.ws_row, 24);
  EXPECT_EQ(p.window_size.ws_col, 80);
  ASSERT_EQ(p.filters.size(), 2U);
  EXPECT_EQ(p.filters[0].size(), 2U);
  EXPECT_EQ(p.filters[0][1].jf, 255);
  EXPECT_EQ(p.filters[1][0].k, 0x7fff0000U);
  ASSERT_EQ(p.asking_filter.size(), 1U);
  EXPECT_EQ(p.asking_filter[0].k, 0x7fc00000U);
  EXPECT_EQ(p.keep_capabilities, uint64_t{1} << 40 | 1);
  EXPECT_EQ(p.extra_files, (std::vector<int>{3, 200}));
  EXPECT_EQ(p.adopt_wait_delay.count(), 12);
  EXPECT_EQ(p.kill_delay.count(), 345);
  EXPECT_TRUE(p.cancel_with_interrupt);
  EXPECT_EQ(p.parent_mode, 0700U);
  EXPECT_TRUE(p.verbose);
  EXPECT_EQ(copy.host_uid, 1000U);
  EXPECT_EQ(copy.host_gid, 100U);
  EXPECT_EQ(copy.host_namespaces, request.host_namespaces);
}

TEST(Params, RefusesWhatDoesNotGoTogether) {
  struct Case {
    std::function<void(Params&)> change;
    const char* refusal;
  };
  const auto without = [](Namespace ns) { return kAllNamespaces & ~ns; };
  const Case cases[] = {
      {[&](auto& p) { p.namespaces = without(Namespace::kMount); },
       "a container has a mount namespace of its own"},
      {[](auto& p) { p.user_namespace = 5; },
       "a container has a new user namespace, or joins one, and not both"},
      {[&](auto& p) {
         p.namespaces = without(Namespace::kUser);
         p.gid = 5;
       },
       "ids can be chosen only in a new user namespace"},
      {[&](auto& p) {
         p.namespaces = without(Namespace::kUts);
         p.hostname = "box";
       },
       "a hostname of its own needs a uts namespace of its own"},
      {[&](auto& p) {
         p.namespaces = without(Namespace::kUser);
         p.id_map_gate = 5;
       },
       "only the ids of a new user namespace can be mapped"},
      {[&](auto& p) {
         p.namespaces = without(Namespace::kUser);
         p.disable_user_namespaces = true;
       },
       "user namespaces can be forbidden only in a new one: a joined one is others' too"},
      {[&](auto& p) {
         p.namespaces = without(Namespace::kUser);
         p.user_namespace = 5;
         p.disable_user_namespaces = true;
       },
       "user namespaces can be forbidden only in a new one: a joined one is others' too"},
      {[](auto& p) {
         p.second_user_namespace = 5;
         p.disable_user_namespaces = true;
       },
       "a program is put into a given user namespace, or into one that forbids others"},
      {[&](auto& p) {
         p.namespaces = without(Namespace::kPid);
         p.program_is_init = true;
       },
       "to be pid 1 a program needs a pid namespace of its own"},
      {[](auto& p) {
         p.program_is_init = true;
         p.terminal = Terminal::kOwn;
       },
       "a program that is pid 1 gets no terminal of its own"},
      {[](auto& p) {
         p.program_is_init = true;
         p.asking_filter.push_back({});
       },
       "a program that is pid 1 has no filter that asks"},
      {[](auto& p) {
         p.outlives_launcher = true;
         p.terminal = Terminal::kOwn;
       },
       "the terminal of its own ends with the launcher, and so does the program"},
  };
  for (const Case& c : cases) {
    Params params;
    c.change(params);
    EXPECT_THAT([&] { check(params); },
                ::testing::ThrowsMessage<Refusal>(::testing::StrEq(c.refusal)));
  }
  EXPECT_NO_THROW(check(Params{}));
}

TEST(Params, NamesTheDescriptorsThatInitNeeds) {
  Params params;
  params.ops.bind({.descriptor = 9, .target = "/a"}).bind({.descriptor = 5, .target = "/b"});
  params.user_namespace = 20;  // the launcher's business
  params.pid_namespace = 21;
  params.second_user_namespace = 7;
  params.id_map_gate = 6;
  params.companion = 5;
  EXPECT_EQ(descriptors_for_init(params), (std::vector<int>{5, 6, 7, 9}));
}

TEST(SetupRequest, OfLittleComesOutAsItWentIn) {
  const std::string payload = encode(least_request());
  EXPECT_EQ(encode(decode_setup_request(payload)), payload);
}

// A field that were not sent would come out as its default, whatever is set here.
TEST(SetupRequest, CarriesEveryField) {
  const std::string usual = encode(least_request());
  const std::function<void(SetupRequest&)> changes[] = {
      [](auto& r) { r.params.ops.dev(); },
      [](auto& r) { r.params.command.emplace_back("x"); },
      [](auto& r) { r.params.env.emplace_back("A=1"); },
      [](auto& r) { r.params.working_directories.emplace_back("/x"); },
      [](auto& r) { r.params.uid = 5; },
      [](auto& r) { r.params.gid = 5; },
      [](auto& r) { r.params.hostname = "x"; },
      [](auto& r) { r.params.namespaces = kAllNamespaces & ~Namespace::kNet; },
      [](auto& r) {
        r.params.namespaces = kAllNamespaces & ~Namespace::kUser;
        r.params.user_namespace = 7;
      },
      [](auto& r) {
        r.params.namespaces = kAllNamespaces & ~Namespace::kPid;
        r.params.pid_namespace = 7;
      },
      [](auto& r) { r.params.second_user_namespace = 7; },
      [](auto& r) { r.params.id_map_gate = 7; },
      [](auto& r) { r.params.disable_user_namespaces = true; },
      [](auto& r) { r.params.assert_no_user_namespaces = true; },
      [](auto& r) { r.params.outlives_launcher = true; },
      [](auto& r) { r.params.companion = 7; },
      [](auto& r) { r.params.program_is_init = true; },
      [](auto& r) { r.params.may_change_host = true; },
      [](auto& r) { r.params.argv0 = "x"; },
      [](auto& r) { r.params.names_directory = true; },
      [](auto& r) { r.params.terminal = Terminal::kKept; },
      [](auto& r) { r.params.window_size.ws_row = 24; },
      [](auto& r) { r.params.window_size.ws_col = 80; },
      [](auto& r) { r.params.filters.emplace_back(); },
      [](auto& r) {
        r.params.filters.emplace_back();
        r.params.asking_filter.push_back({6, 0, 0, 0});
      },
      [](auto& r) { r.params.keep_capabilities = 1; },
      [](auto& r) { r.params.only_root_keeps_capabilities = true; },
      [](auto& r) { r.params.extra_files.push_back(3); },
      [](auto& r) { r.params.adopt_wait_delay = std::chrono::milliseconds(1); },
      [](auto& r) { r.params.kill_delay = std::chrono::milliseconds(1); },
      [](auto& r) { r.params.cancel_with_interrupt = true; },
      [](auto& r) { r.params.parent_mode = 0711; },
      [](auto& r) { r.params.verbose = true; },
      [](auto& r) { r.host_uid = 5; },
      [](auto& r) { r.host_gid = 5; },
      [](auto& r) { r.in_foreground = true; },
      [](auto& r) { r.host_namespaces.emplace_back("pid:[1]"); },
  };
  for (size_t i = 0; i < std::size(changes); ++i) {
    SetupRequest request = least_request();
    changes[i](request);
    const std::string payload = encode(request);
    EXPECT_NE(payload, usual) << "change " << i;
    EXPECT_EQ(encode(decode_setup_request(payload)), payload) << "change " << i;
  }
}

TEST(SetupRequest, ThatEndsTooEarlyIsRefusedWhereverThatIs) {
  for (const SetupRequest& request : {full_request(), least_request()}) {
    const std::string whole = encode(request);
    for (size_t length = 0; length < whole.size(); ++length) {
      EXPECT_THAT(error_of(whole.substr(0, length)),
                  AnyOf("it ends too early", "it announces more than it holds"))
          << length << " of " << whole.size();
    }
  }
}

TEST(SetupRequest, WithBytesAfterItsEndIsRefused) {
  EXPECT_EQ(error_of(encode(full_request()) + '\0'), "there are bytes after its end");
}

TEST(SetupRequest, WithoutSenseIsRefused) {
  SetupRequest request = least_request();
  request.params.command.clear();
  EXPECT_EQ(error_of(encode(request)), "there is no command");
  request = least_request();
  request.params.working_directories.clear();
  EXPECT_EQ(error_of(encode(request)), "there is no working directory");
  request = least_request();
  request.params.asking_filter.push_back({6, 0, 0, 0});
  EXPECT_EQ(error_of(encode(request)), "there is no filter that the asking one could replace");
  request = least_request();
  request.params.terminal = static_cast<Terminal>(static_cast<int>(Terminal::kLast) + 1);
  EXPECT_EQ(error_of(encode(request)), "it names an unknown kind of terminal");
}

TEST(SetupRequest, WithAPathThatIsNoneIsRefused) {
  std::string payload = encode(full_request());
  payload.replace(payload.find("/home/user"), 10, "/home/../x");
  EXPECT_EQ(error_of(payload), "\"/home/../x\" contains \"..\": name the place itself");
}

// Whatever single byte is wrong: refused as a StreamError, or understood, but nothing else.
TEST(SetupRequest, WithAnyByteChangedThrowsNothingElse) {
  const std::string whole = encode(full_request());
  size_t refused = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const int change : {0x01, 0x80, 0xff}) {
      std::string payload = whole;
      payload[at] = static_cast<char>(payload[at] ^ change);
      refused += error_of(payload) != "no error" ? 1 : 0;
    }
  }
  EXPECT_GT(refused, whole.size() / 4);
}

// Wherever a size may be: none is believed.
TEST(SetupRequest, ThatAnnouncesMoreThanItHoldsAllocatesNothing) {
  const std::string whole = encode(full_request());
  for (const uint64_t size : {uint64_t{1} << 33, uint64_t{1} << 62, UINT64_MAX}) {
    for (size_t at = 0; at + sizeof size <= whole.size(); ++at) {
      std::string payload = whole;
      std::memcpy(payload.data() + at, &size, sizeof size);
      const std::string error = error_of(payload);
      EXPECT_NE(error, "std::bad_alloc") << at;
      EXPECT_THAT(error, Not(HasSubstr("length_error"))) << at;
    }
  }
}

}  // namespace
}  // namespace kekkai
