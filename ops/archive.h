// How ops and messages become bytes: two Cereal archives. Heavy to compile; include it where
// something is registered or sent, never in a header.
#pragma once

#include <string>
#include <string_view>

// Cereal includes <iostream> and uses nothing of it; each program would make its eight streams, and
// a locale for them, before main(). So libstdc++'s own guard says that it was included.
#ifndef _GLIBCXX_IOSTREAM
#define _GLIBCXX_IOSTREAM  // NOLINT: that is its name
#define KEKKAI_WITHOUT_IOSTREAM
#endif
#include <cereal/cereal.hpp>
#include <cereal/types/common.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#ifdef KEKKAI_WITHOUT_IOSTREAM
#undef _GLIBCXX_IOSTREAM
#undef KEKKAI_WITHOUT_IOSTREAM
#endif

namespace kekkai {

/// Appends everything to a string, in the byte order and widths of this machine: both ends of a
/// stream are programs of the same build on the same machine.
class OutputArchive final
    : public cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision> {
 public:
  explicit OutputArchive(std::string& bytes)
      : cereal::OutputArchive<OutputArchive, 1>(this), bytes_(bytes) {}
  void write(const void* data, size_t size) { bytes_.append(static_cast<const char*>(data), size); }

 private:
  std::string& bytes_;
};

/// Reads from memory. Every announced size is checked against what is left before anything is
/// allocated. Throws cereal::Exception.
class InputArchive final
    : public cereal::InputArchive<InputArchive, cereal::AllowEmptyClassElision> {
 public:
  explicit InputArchive(std::string_view bytes)
      : cereal::InputArchive<InputArchive, 1>(this), left_(bytes) {}
  void read(void* data, size_t size) {
    if (size > left_.size()) throw cereal::Exception("it ends too early");
    left_.copy(static_cast<char*>(data), size);
    left_.remove_prefix(size);
  }
  size_t left() const { return left_.size(); }

 private:
  std::string_view left_;
};

template <class T>
requires std::is_arithmetic_v<T>
void CEREAL_SAVE_FUNCTION_NAME(OutputArchive& ar, const T& value) {
  ar.write(&value, sizeof value);
}
template <class T>
requires std::is_arithmetic_v<T>
void CEREAL_LOAD_FUNCTION_NAME(InputArchive& ar, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    unsigned char byte = 0;
    ar.read(&byte, sizeof byte);
    if (byte > 1) throw cereal::Exception("a truth value is neither 0 nor 1");
    value = byte == 1;
  } else {
    ar.read(&value, sizeof value);
  }
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(OutputArchive& ar, const cereal::BinaryData<T>& data) {
  ar.write(data.data, static_cast<size_t>(data.size));
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(InputArchive& ar, cereal::BinaryData<T>& data) {
  ar.read(data.data, static_cast<size_t>(data.size));
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(OutputArchive& ar, const cereal::SizeTag<T>& size) {
  ar(static_cast<uint64_t>(size.size));
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(InputArchive& ar, cereal::SizeTag<T>& size) {
  uint64_t announced = 0;
  ar(announced);
  // An element takes a byte at least.
  if (announced > ar.left()) throw cereal::Exception("it announces more than it holds");
  size.size = static_cast<cereal::size_type>(announced);
}

template <class T>
void CEREAL_SERIALIZE_FUNCTION_NAME(OutputArchive& ar, cereal::NameValuePair<T>& pair) {
  ar(pair.value);
}
template <class T>
void CEREAL_SERIALIZE_FUNCTION_NAME(InputArchive& ar, cereal::NameValuePair<T>& pair) {
  ar(pair.value);
}

}  // namespace kekkai

CEREAL_SETUP_ARCHIVE_TRAITS(kekkai::InputArchive, kekkai::OutputArchive)
