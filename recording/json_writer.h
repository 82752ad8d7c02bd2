// Values of Dispatcher's calls as JSON. A writer of our own, because init writes, too, and links no
// library for JSON.
#pragma once

#include <kekkai/recording/recorded_call.h>
#include <kekkai/recording/struct_fields.h>

#include <array>
#include <concepts>
#include <functional>
#include <string_view>

namespace kekkai {

class JsonWriter {
 public:
  explicit JsonWriter(RecordedContents contents) : contents_(contents) {}

  std::string take() { return std::move(text_); }

  /// An object: open(), then key() and add() in turn, then close(). Lists likewise.
  void open(char bracket) {
    separate();
    text_ += bracket;
  }
  void close(char bracket) { text_ += bracket; }
  void key(std::string_view name);

  /// A text; {"hex":"ff00"} where it is not UTF-8.
  void add(std::string_view text);
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(bool truth) { add_word(truth ? "true" : "false"); }
  void add_null() { add_word("null"); }
  /// What is JSON already.
  void add_json(std::string_view json) { add_word(json); }
  template <std::integral Number>
  void add(Number number) {
    add_word(std::to_string(number));
  }
  template <FlagEnum Flags>
  void add(Flags flags) {
    add(std::string_view(names(flags)));
  }
  void add(Reach reach) { add(reach == Reach::kOne ? "one" : "recursive"); }
  void add(const char* text) { add(std::string_view(text)); }
  void add(TerminalControl what);
  void add(WaitFor what) { add(what == WaitFor::kEnd ? "end" : "end or stop"); }

  void add(Fd fd);
  void add(const UniqueFd& fd) { add(Fd(fd)); }
  void add(const std::pair<UniqueFd, UniqueFd>& both);
  /// Bytes to be written: themselves where they are kept, else {"size":40}.
  void add(std::span<const std::byte> data) { add_contents(data); }
  /// Where bytes are to be read into: how many at most.
  void add(std::span<std::byte> room) { add(room.size()); }
  void add(std::span<PollFd> fds);
  void add(const rusage* usage) { add(usage != nullptr); }
  void add(const std::function<void()>& /*run*/) { add_null(); }
  void add(std::chrono::milliseconds time) { add(time.count()); }
  void add(std::chrono::steady_clock::time_point time);
  /// How many instructions there are.
  void add(const FilterProgram& program) { add(program.size()); }
  void add(const SpawnPlan& plan);
  template <HasFields Struct>
  void add(const Struct& value) {
    add_fields(value);
  }
  template <class T>
  void add(const std::optional<T>& value) {
    if (value) {
      add(*value);
    } else {
      add_null();
    }
  }
  template <class T>
  void add(const std::vector<T>& list) {
    add_list(list);
  }
  void add(std::span<const int> list) { add_list(list); }
  template <class T, size_t kSize>
  void add(const T (&list)[kSize]) {
    add_list(list);
  }

  /// What follows is about the file of this label.
  void about(std::string_view label) { label_ = label; }
  /// What was read of the file.
  void add_contents(std::span<const std::byte> data);
  /// Which of them are ready.
  void add_ready(std::span<const PollFd> fds) { add_list(fds); }

 private:
  template <HasFields Struct>
  void add_fields(const Struct& value) {
    open('{');
    std::apply([&](const auto&... field) { ((key(field.name), add(value.*field.member)), ...); },
               kFields<Struct>);
    close('}');
  }
  template <class List>
  void add_list(const List& list) {
    open('[');
    for (const auto& element : list) add(element);
    close(']');
  }
  void add_word(std::string_view word) {
    separate();
    text_ += word;
  }
  void separate();
  void append_quoted(std::string_view text);

  const RecordedContents contents_;
  std::string text_;
  std::string label_;  // of the file that a call is about
};

}  // namespace kekkai
