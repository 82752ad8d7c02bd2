// A Dispatcher whose calls all come to one function: what counts, records or replays them needs not
// know them one by one.
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <stdexcept>
#include <string_view>
#include <tuple>

namespace kekkai {

/// How a call is spelled in dispatcher_calls.inc.
struct CallName {
  std::string_view name;      ///< "openat2".
  std::string_view operands;  ///< "dir, path, flags, resolve, mode".
};

/// `Derived` has a member
///     template <class Result, class Make, class... Operands>
///     Result handle(CallName call, Make make, std::tuple<Operands&...> operands);
/// where make(k) makes the call on another Dispatcher.
template <class Derived>
class CallsThrough : public Dispatcher {
 public:
#define KEKKAI_CALL(result, name, parameters, ...)                                            \
  result name parameters override {                                                           \
    return static_cast<Derived&>(*this).template handle<result>(                              \
        CallName{#name, #__VA_ARGS__},                                                        \
        [&](Dispatcher& k) -> result { return k.name(__VA_ARGS__); }, std::tie(__VA_ARGS__)); \
  }
#define KEKKAI_CALL_WITHOUT_RETURN(name, parameters, ...)                           \
  [[noreturn]] void name parameters override {                                      \
    static_cast<Derived&>(*this).template handle<void>(                             \
        CallName{#name, #__VA_ARGS__}, [&](Dispatcher& k) { k.name(__VA_ARGS__); }, \
        std::tie(__VA_ARGS__));                                                     \
    throw std::logic_error(#name "() has returned");                                \
  }
#include <kekkai/syscall/dispatcher_calls.inc>
#undef KEKKAI_CALL
#undef KEKKAI_CALL_WITHOUT_RETURN
};

}  // namespace kekkai
