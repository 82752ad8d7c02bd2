#include <kekkai/ops/archive.h>
#include <kekkai/ops/ops.h>

#include <algorithm>
#include <iterator>

namespace kekkai {

Ops::Ops(const Ops& other) {
  list_.reserve(other.list_.size());
  for (const auto& op : other.list_) list_.push_back(op->clone());
}

Ops& Ops::operator=(const Ops& other) {
  if (this != &other) *this = Ops(other);
  return *this;
}

Ops& Ops::append(const Ops& other) {
  Ops copy(other);  // which may be this very list
  std::ranges::move(copy.list_, std::back_inserter(list_));
  return *this;
}

bool Ops::operator==(const Ops& other) const {
  return std::ranges::equal(list_, other.list_,
                            [](const auto& a, const auto& b) { return a->equals(*b); });
}

std::string Ops::encode() const {
  std::string bytes;
  OutputArchive ar(bytes);
  ar(list_);
  return bytes;
}

Ops Ops::decode(std::string_view bytes) {
  Ops ops;
  InputArchive ar(bytes);
  ar(ops.list_);
  if (ar.left() != 0) throw cereal::Exception("there are bytes after the ops");
  if (std::ranges::any_of(ops.list_, [](const auto& op) { return op == nullptr; })) {
    throw cereal::Exception("an op is missing");
  }
  return ops;
}

}  // namespace kekkai
