// Makes an op known to the setup stream. Include it in the op's own .cpp file only.
#pragma once

#include <kekkai/ops/archive.h>
#include <kekkai/ops/op.h>

/// At the end of an op's .cpp file, outside every namespace: REGISTER_OP(kekkai::ops::Bind,
/// "bind"). The name is what travels in the stream.
#define REGISTER_OP(Spec, name)                            \
  CEREAL_REGISTER_TYPE_WITH_NAME(kekkai::OpOf<Spec>, name) \
  CEREAL_REGISTER_POLYMORPHIC_RELATION(kekkai::Op, kekkai::OpOf<Spec>)
