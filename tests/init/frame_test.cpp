#include <kekkai/init/frame.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace kekkai {
namespace {

constexpr size_t kHeader = 40;
constexpr size_t kVersionAt = 8;
constexpr size_t kLengthAt = 32;

// A header that announces `length`, as make_frame writes it.
std::string header(uint64_t length) {
  std::string bytes = make_frame("");
  std::memcpy(bytes.data() + kLengthAt, &length, sizeof length);
  return bytes;
}

std::string error_of(const std::string& bytes) {
  FrameReader reader;
  reader.feed(bytes);
  try {
    reader.next();
    return "no error";
  } catch (const StreamError& e) {
    return e.what();
  }
}

TEST(Frame, ComesOutAsItWentIn) {
  for (const std::string& payload :
       {std::string(), std::string("x"), std::string("\0\n\xff", 3), std::string(100'000, 'p')}) {
    FrameReader reader;
    reader.feed(make_frame(payload));
    EXPECT_EQ(reader.next(), payload);
    EXPECT_FALSE(reader.has_rest());
    EXPECT_EQ(reader.next(), std::nullopt);
  }
}

TEST(Frame, IsMagicVersionLengthAndPayload) {
  const std::string frame = make_frame("abc");
  EXPECT_EQ(frame.size(), kHeader + 3);
  EXPECT_EQ(frame.substr(0, 8), "KEKKAI\r\n");
  EXPECT_STREQ(frame.c_str() + kVersionAt, KEKKAI_VERSION);
  EXPECT_EQ(frame.substr(kHeader), "abc");
}

TEST(Frame, MayComeByteByByte) {
  const std::string frame = make_frame("payload");
  FrameReader reader;
  for (const char byte : frame.substr(0, frame.size() - 1)) {
    reader.feed({&byte, 1});
    EXPECT_EQ(reader.next(), std::nullopt);
    EXPECT_TRUE(reader.has_rest());
  }
  reader.feed(frame.substr(frame.size() - 1));
  EXPECT_EQ(reader.next(), "payload");
  EXPECT_FALSE(reader.has_rest());
}

TEST(Frame, MayComeWithOthers) {
  FrameReader reader;
  const std::string third = make_frame("third");
  reader.feed(make_frame("first") + make_frame("") + third.substr(0, 41));
  EXPECT_EQ(reader.next(), "first");
  EXPECT_EQ(reader.next(), "");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_TRUE(reader.has_rest());
  reader.feed(third.substr(41));
  EXPECT_EQ(reader.next(), "third");
}

TEST(Frame, WithAnyOtherByteInItsMagicIsRefused) {
  for (size_t at = 0; at < kVersionAt; ++at) {
    std::string bytes = header(0);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    EXPECT_EQ(error_of(bytes), "it is not a message of Kekkai") << at;
  }
  EXPECT_EQ(error_of(std::string(kHeader, '\0')), "it is not a message of Kekkai");
  EXPECT_EQ(error_of("kekkai: something went wrong, and here it says so"),
            "it is not a message of Kekkai");
}

TEST(Frame, OfAnotherVersionIsRefusedBeforeItsLengthIsLookedAt) {
  const struct {
    const char* theirs;
    const char* shown;
  } cases[] = {{"9.9.9", "9.9.9"}, {"", ""}, {KEKKAI_VERSION "x", KEKKAI_VERSION "x"}};
  for (const auto& c : cases) {
    std::string bytes = header(UINT64_MAX);
    std::memset(bytes.data() + kVersionAt, 0, kLengthAt - kVersionAt);
    std::strcpy(bytes.data() + kVersionAt, c.theirs);
    FrameReader reader;
    reader.feed(bytes);
    try {
      reader.next();
      ADD_FAILURE() << "accepted " << c.theirs;
    } catch (const VersionMismatch& e) {
      EXPECT_EQ(std::string(e.what()), "the other side is Kekkai " + std::string(c.shown) +
                                           ", this is Kekkai " KEKKAI_VERSION);
    }
  }
}

TEST(Frame, WhoseVersionHasNoEndIsOfAnotherVersion) {
  std::string bytes = header(0);
  std::memset(bytes.data() + kVersionAt, 'v', kLengthAt - kVersionAt);
  EXPECT_EQ(error_of(bytes), "the other side is Kekkai " + std::string(24, 'v') +
                                 ", this is Kekkai " KEKKAI_VERSION);
}

TEST(Frame, ThatAnnouncesTooMuchIsRefusedAtOnce) {
  for (const uint64_t length : {kMaxPayload + 1, uint64_t{1} << 32, uint64_t{1} << 63, UINT64_MAX,
                                UINT64_MAX - kHeader, UINT64_MAX - kHeader + 1}) {
    EXPECT_EQ(error_of(header(length)), "it announces too long a message") << length;
  }
  FrameReader reader;
  reader.feed(header(kMaxPayload));
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST(Frame, IsNotMadeOfTooMuch) {
  EXPECT_EQ(make_frame(std::string(kMaxPayload, 'x')).size(), kHeader + kMaxPayload);
  try {
    make_frame(std::string(kMaxPayload + 1, 'x'));
    ADD_FAILURE() << "it was made";
  } catch (const StreamError& e) {
    EXPECT_STREQ(e.what(), "the message has 67108865 bytes; the most is 67108864");
  }
}

}  // namespace
}  // namespace kekkai
