#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reserve::integrations::pix {

/// A PNG of the QR code of `text`: black on white, error correction M, a quiet zone of four modules. The same text gives the same bytes. Nothing when the text
/// is empty or does not fit into a QR code.
std::optional<std::string> qr_png(std::string_view text, int pixels_per_module = 6);

/// The same as base64, as the API shows it; empty when there is none.
std::string qr_png_base64(std::string_view text, int pixels_per_module = 6);

} // namespace reserve::integrations::pix
