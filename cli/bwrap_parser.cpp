#include "bwrap_parser.h"

#include "bwrap_error.h"
#include "bwrap_option_table.h"
#include "bwrap_values.h"
#include "suggest.h"

#include <kekkai/syscall/syscall_error.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace kekkai::cli {
namespace {

using Words = std::span<const std::string>;

constexpr std::string_view kArgs = "--args";

const BwrapOption& find_option(const std::string& word) {
  const std::span<const BwrapOption> options = bwrap_options();
  const auto found =
      std::ranges::find(options, word, [](const BwrapOption& option) { return option.text.name; });
  if (found != options.end()) return *found;
  std::vector<std::string_view> known;
  for (const BwrapOption& option : options) known.push_back(option.text.name);
  const std::string_view meant = nearest(word, known);
  throw BwrapError("Unknown option " + word,
                   meant.empty() ? "see --help" : "did you mean " + std::string(meant) + "?");
}

void require_values(const BwrapOption& option, size_t given) {
  constexpr std::array<std::string_view, 4> kWords{"no argument", "an argument", "two arguments",
                                                   "three arguments"};
  if (given >= option.arity()) return;
  throw BwrapError(
      std::string(option.text.name) + " takes " + std::string(kWords.at(option.arity())),
      "write " + std::string(option.text.name) + " " + std::string(option.text.value));
}

// The words between the NULs; the last one needs none behind it.
std::vector<std::string> split_words(std::string_view data) {
  std::vector<std::string> words;
  while (!data.empty()) {
    const size_t end = std::min(data.find('\0'), data.size());
    words.emplace_back(data.substr(0, end));
    data.remove_prefix(std::min(end + 1, data.size()));
  }
  return words;
}

class Parser {
 public:
  Parser(const ReadDescriptor& read, BwrapOptions& options) : read_(read), options_(options) {}

  /// Takes in options; what is left begins with COMMAND. `in_file`: the words come from --args.
  Words take(Words words, bool in_file) {
    while (!words.empty() && !options_.help && !options_.version) {
      const std::string& word = words.front();
      if (word == "--") return words.subspan(1);
      if (!word.starts_with('-')) break;
      const BwrapOption& option = find_option(word);
      words = words.subspan(1);
      if (word == kArgs && in_file) {
        throw BwrapError("--args not supported in arguments file",
                         "give every --args on the command line itself");
      }
      require_values(option, words.size());
      const Words values = words.first(option.arity());
      option.apply({option.text.name, values, options_, next_});
      if (word == kArgs) take_file(values.front());
      require_taken(word);
      words = words.subspan(option.arity());
    }
    return words;
  }

  /// An overlay's sources are for nothing without it.
  void require_overlay() const {
    if (next_.overlay_sources.empty()) return;
    throw BwrapError(
        "--overlay-src must be followed by another --overlay-src or one of --overlay, "
        "--tmp-overlay, or --ro-overlay");
  }

 private:
  void take_file(const std::string& text) {
    const int descriptor = parse_bwrap_descriptor(text);
    std::string data;
    try {
      data = read_(descriptor);
    } catch (const SyscallError& e) {
      throw BwrapError("Can't read --args data: " + std::generic_category().message(e.error()),
                       "is descriptor " + text + " open?");
    }
    options_.args_fds.push_back(descriptor);
    const std::vector<std::string> words = split_words(data);
    take(words, true);  // a command in it is none
  }

  void require_taken(const std::string& option) const {
    const bool modifies = option == "--perms" || option == "--size";
    if (!modifies && next_.mode) {
      throw BwrapError("--perms must be followed by an option that creates a file",
                       option + " creates none");
    }
    if (!modifies && next_.size != 0) {
      throw BwrapError("--size must be followed by --tmpfs", option + " has no size");
    }
    if (option != "--overlay-src") require_overlay();
  }

  const ReadDescriptor& read_;
  BwrapOptions& options_;
  BwrapNext next_;
};

}  // namespace

void parse_bwrap(const std::vector<std::string>& arguments, const ReadDescriptor& read,
                 BwrapOptions& options) {
  Parser parser(read, options);
  const Words command = parser.take(arguments, false);
  if (options.help || options.version) return;
  parser.require_overlay();
  options.command.assign(command.begin(), command.end());
}

}  // namespace kekkai::cli
