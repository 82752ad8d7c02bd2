#include "bwrap_help.h"

#include "bwrap_parser.h"
#include "wrap.h"

#include <fmt/format.h>

namespace kekkai::cli {
namespace {

constexpr std::string_view kBwrapTail = R"(
Files are set up in the order of options. man kekkai-bwrap tells what differs
from bubblewrap.

Exit status: COMMAND's, or 128 + n when signal n ended it; 1 where it did not
start.
)";

}  // namespace

std::string bwrap_help(std::string_view name) {
  std::string text = fmt::format("usage: {} [OPTIONS...] [--] COMMAND [ARGS...]\n", name);
  std::string_view group;
  for (const BwrapOptionText& option : bwrap_option_texts()) {
    if (option.group != group) text += fmt::format("\n{}:\n", option.group);
    group = option.group;
    text += help_entry(fmt::format("{} {}", option.name, option.value), option.help);
  }
  return text.append(kBwrapTail);
}

}  // namespace kekkai::cli
