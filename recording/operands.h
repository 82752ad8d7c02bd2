// Operands and results of a call as JSON.
#pragma once

#include <kekkai/recording/json_writer.h>

#include <algorithm>
#include <tuple>
#include <type_traits>

namespace kekkai {

/// Takes the next of "dir, path, mode" off.
inline std::string_view take_name(std::string_view& list) {
  const std::string_view name = list.substr(0, list.find(','));
  list.remove_prefix(name.size());
  list.remove_prefix(std::min(list.size(), std::string_view(", ").size()));
  return name;
}

/// {"dir":…,"path":…}
template <class... Operands>
std::string operands_text(std::string_view list, const std::tuple<Operands&...>& operands,
                          RecordedContents contents) {
  JsonWriter json(contents);
  json.open('{');
  std::apply([&](auto&... operand) { ((json.key(take_name(list)), json.add(operand)), ...); },
             operands);
  json.close('}');
  return json.take();
}

/// Where a call leaves more than its result: the operand of that type, or nullptr.
template <class Wanted, class... Operands>
Wanted* find_operand(const std::tuple<Operands&...>& operands) {
  Wanted* found = nullptr;
  const auto look = [&](auto& operand) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(operand)>, Wanted>) found = &operand;
  };
  std::apply([&](auto&... operand) { (look(operand), ...); }, operands);
  return found;
}

/// The result of a call that has none, but perhaps tells which descriptors are ready.
template <class... Operands>
std::string result_text(const std::tuple<Operands&...>& operands, RecordedContents contents) {
  JsonWriter json(contents);
  if (const auto* fds = find_operand<std::span<PollFd>>(operands)) {
    json.add_ready(*fds);
  } else {
    json.add_null();
  }
  return json.take();
}

/// The result, and what a call leaves in its operands: the bytes that were read, the resources that
/// a child has used.
template <class Result, class... Operands>
std::string result_text(const Result& result, const std::tuple<Operands&...>& operands,
                        RecordedContents contents) {
  JsonWriter json(contents);
  if constexpr (std::is_same_v<Result, size_t>) {
    if (const auto* buffer = find_operand<std::span<std::byte>>(operands)) {
      if (const Fd* file = find_operand<Fd>(operands)) json.about(file->label);
      json.add_contents(buffer->first(result));
      return json.take();
    }
  }
  if constexpr (std::is_same_v<Result, std::optional<Reaped>>) {
    if (auto* usage = find_operand<rusage*>(operands)) {
      json.open('{');
      json.key("reaped");
      json.add(result);
      json.key("usage");
      json.add(*usage != nullptr ? std::optional(**usage) : std::nullopt);
      json.close('}');
      return json.take();
    }
  }
  json.add(result);
  return json.take();
}

}  // namespace kekkai
