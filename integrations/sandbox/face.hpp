#pragma once

#include "integrations/sandbox/provider.hpp"
#include "integrations/sandbox/wire.hpp"

#include <string>

namespace reserve::sandbox {

/// The HTTP side of one provider over its model: paths, encodings, error bodies, keys. Still without any socket.
class face {
public:
  virtual ~face() = default;

  /// Name of the call for faults and the list of calls; empty = the provider has no such path.
  virtual std::string operation(const request& call) const = 0;
  /// The Host's id of the property the call is about, or empty.
  virtual std::string property_of(const request& call) const = 0;
  virtual std::string key_of(const request& call) const = 0;
  virtual answer work(const request& call, timestamp now) = 0;
  /// An error as this provider words it.
  virtual answer error(const refused& why) const = 0;
};

/// Bearer credentials of an Authorization header, or empty.
std::string bearer(const request& call);

} // namespace reserve::sandbox
