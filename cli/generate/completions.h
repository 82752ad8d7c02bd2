// The parts of the completions of shells that are made of the options: what their templates name.
#pragma once

#include <map>
#include <string>

namespace kekkai::cli {

// Each also has what `kekkai seccomp` takes, as words: VERBS, PRESETS, CALLS, ARCHS, FORMATS.

/// KINDS: branches of a `case` that set the kinds of an option's value; NAMES: all options.
std::map<std::string, std::string> bash_texts();
/// OPTIONS: specifications for _arguments.
std::map<std::string, std::string> zsh_texts();
/// OPTIONS: calls of `complete`; SECCOMPVERBS: those for the verbs; VALUED: those options that take
/// a value.
std::map<std::string, std::string> fish_texts();

}  // namespace kekkai::cli
