#include "integrations/pix/qr_png.hpp"

#include "integrations/bytes.hpp"

#include <png.h>
#include <qrencode.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

namespace reserve::integrations::pix {

namespace {

constexpr int quiet_modules = 4;
constexpr std::size_t text_max = 2048;
constexpr std::uint8_t white = 0xff;

struct qr_free {
  void operator()(QRcode* code) const { QRcode_free(code); }
};
using qr_ptr = std::unique_ptr<QRcode, qr_free>;

/// A square of grey values, row by row.
struct picture {
  int side = 0;
  std::vector<std::uint8_t> pixels;
};

picture drawn(const QRcode& code, int scale) {
  picture out;
  out.side = (code.width + 2 * quiet_modules) * scale;
  out.pixels.assign(static_cast<std::size_t>(out.side) * static_cast<std::size_t>(out.side), white);
  for (int module = 0; module < code.width * code.width; ++module) {
    if ((code.data[module] & 1) == 0)
      continue;
    const int left = (module % code.width + quiet_modules) * scale;
    const int top = (module / code.width + quiet_modules) * scale;
    for (int y = top; y < top + scale; ++y)
      std::fill_n(out.pixels.begin() + static_cast<std::ptrdiff_t>(y) * out.side + left, scale, std::uint8_t{0});
  }
  return out;
}

std::optional<std::string> written(const picture& drawing) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(drawing.side);
  image.height = image.width;
  image.format = PNG_FORMAT_GRAY;
  png_alloc_size_t size = 0;
  if (png_image_write_to_memory(&image, nullptr, &size, 0, drawing.pixels.data(), 0, nullptr) == 0)
    return std::nullopt;
  std::string out(size, '\0');
  if (png_image_write_to_memory(&image, out.data(), &size, 0, drawing.pixels.data(), 0, nullptr) == 0)
    return std::nullopt;
  out.resize(size);
  return out;
}

} // namespace

std::optional<std::string> qr_png(std::string_view text, int pixels_per_module) {
  if (text.empty() || text.size() > text_max || text.find('\0') != std::string_view::npos || pixels_per_module < 1 || pixels_per_module > 32)
    return std::nullopt;
  const qr_ptr code(QRcode_encodeString8bit(std::string(text).c_str(), 0, QR_ECLEVEL_M));
  if (!code)
    return std::nullopt;
  return written(drawn(*code, pixels_per_module));
}

std::string qr_png_base64(std::string_view text, int pixels_per_module) { return to_base64(qr_png(text, pixels_per_module).value_or("")); }

} // namespace reserve::integrations::pix
