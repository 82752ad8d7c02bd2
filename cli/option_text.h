// What is told of the options: help, manual, completions and the JSON schema are made of this.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// What the value of an option is, for those who complete or check it.
enum class ValueKind : uint8_t {
  kNone,        ///< A switch.
  kText,        ///< Anything but nothing.
  kWord,        ///< One of those in `value`: "calls|trace".
  kFile,        ///< A file of the host.
  kHostPath,    ///< SRC[:DEST[:FLAGS]], a path of the host first.
  kCopy,        ///< SRC:PATH and more, a path of the host first.
  kLayers,      ///< Paths of the host, and a path in the sandbox at the end.
  kLink,        ///< TARGET:PATH.
  kPlace,       ///< A path in the sandbox, with settings where `value` has them.
  kRemount,     ///< PATH:FLAGS, a path in the sandbox first.
  kPathMode,    ///< PATH:MODE, a path in the sandbox and octal permissions.
  kHandedIn,    ///< N:PATH, a descriptor first, with settings where `value` has them.
  kTree,        ///< A directory of the host, with settings or a name where `value` has them.
  kProc,        ///< Settings of /proc.
  kDevfs,       ///< Settings of /dev.
  kVariable,    ///< NAME or NAME=VALUE.
  kId,          ///< A user or group id.
  kMode,        ///< Octal permissions.
  kDuration,    ///< "500ms", "10s".
  kWait,        ///< The same, and longer than nothing.
  kDaemon,      ///< READY:PROGRAM[:ARG...].
  kDescriptor,  ///< A descriptor number from 3 on; "N:M" where `value` has that.
  kInput,       ///< A descriptor number, 0 to 2 too.
  kLimit,       ///< NAME=SOFT[:HARD].
  kCapability,  ///< Names of capabilities.
  kSelection,   ///< "none", or presets and options of the system call filter.
  kNamespace,   ///< NAME=share or NAME=N.
  kList,        ///< Words of `value`, separated by commas.
  kCalls,       ///< System calls, by name or number.
};

/// The heading of those that make the sandbox's files, and may stand in "files" of a configuration.
inline constexpr std::string_view kFilesGroup = "Files";

struct OptionText {
  std::string_view group;  ///< Heading: "Files".
  std::string_view name;   ///< Without the dashes.
  std::string_view value;  ///< Empty for a switch.
  std::string_view help;   ///< A few words.
  ValueKind kind = ValueKind::kNone;
  std::string_view manual;  ///< A paragraph or more for the manual; an empty line is between two.
  bool repeats = false;     ///< Each time it is given adds something; of any other the last counts.
};

/// All options of `kekkai run` in the order of the help: those that apply to a run, then those that
/// bring in more options from elsewhere.
const std::vector<OptionText>& option_texts();
/// The one of that name, or nullptr.
const OptionText* find_option_text(std::string_view name);
/// Whether a configuration file may hold it: not those that bring in more options.
bool belongs_in_config(const OptionText& option);

/// Of "PATH[:size=N,ro]" what follows the colon in the brackets at the end: "size=" and "ro".
std::vector<std::string_view> settings_in(const OptionText& option);

/// "--ro SRC[:DEST[:FLAGS]]"
std::string synopsis(const OptionText& option);

}  // namespace kekkai::cli
