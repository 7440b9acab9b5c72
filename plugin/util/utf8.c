// SPDX-License-Identifier: Apache-2.0
/*
 * UTF-8: decoding, cleaning for a terminal, column widths. Depends on no locale: mbrtowc and
 * wcwidth would need setlocale(), which a plugin that prints JSON numbers does not call.
 */
#include "utf8_priv.h"
#include "wva/util/str.h"

#include "wva/util/mem.h"

#include <string.h>

/* Table 3-7 of the Unicode standard (= RFC 3629 section 4): for each first byte, the range of the
 * second. It is what leaves out overlong forms, surrogates and everything above U+10FFFF. */
static const struct sequence {
    unsigned char lead_first, lead_last;
    unsigned char second_first, second_last;
    unsigned char len;
} sequences[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static const struct sequence *sequence_of(unsigned char lead)
{
    for (size_t i = 0; i < WVA_COUNT(sequences); i++) {
        if (lead >= sequences[i].lead_first && lead <= sequences[i].lead_last)
            return &sequences[i];
    }
    return NULL;
}

size_t wva_utf8_decode(const char *s, size_t len, uint32_t *ret_char)
{
    const unsigned char lead = len > 0 ? (unsigned char)s[0] : 0xFF;
    const struct sequence *sequence;
    uint32_t value;

    if (lead < 0x80) {
        *ret_char = lead;
        return 1;
    }
    sequence = sequence_of(lead);
    if (sequence == NULL || len < sequence->len)
        return 0;
    if ((unsigned char)s[1] < sequence->second_first || (unsigned char)s[1] > sequence->second_last)
        return 0;
    value = lead & (0x7Fu >> sequence->len);
    for (size_t i = 1; i < sequence->len; i++) {
        if (((unsigned char)s[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | ((unsigned char)s[i] & 0x3F);
    }
    *ret_char = value;
    return sequence->len;
}

size_t wva_utf8_cut(const char *s, size_t len)
{
    const size_t most = len < 3 ? len : 3;

    for (size_t back = 1; back <= most; back++) {
        const unsigned char c = (unsigned char)s[len - back];
        const struct sequence *sequence = sequence_of(c);

        if (sequence != NULL && sequence->len > back)
            return len - back;
        if ((c & 0xC0) != 0x80) /* the last character starts here and is whole */
            break;
    }
    return len;
}

bool wva_utf8_valid(const char *s, size_t len)
{
    uint32_t unused;
    size_t n;

    for (size_t i = 0; i < len; i += n) {
        n = wva_utf8_decode(s + i, len - i, &unused);
        if (n == 0)
            return false;
    }
    return true;
}

/* Not C0, DEL, C1, nor a bidirectional override, which reorders what follows on the screen. */
static bool is_harmless(uint32_t c)
{
    return c >= 0x20 && (c < 0x7F || c >= 0xA0) && (c < 0x202A || c > 0x202E) &&
           (c < 0x2066 || c > 0x2069);
}

size_t wva_utf8_clean(char *out, size_t room, const char *s, size_t len, bool keep_newlines,
                      size_t *ret_used)
{
    size_t written = 0;
    size_t used = 0;

    while (used < len && written < room) {
        uint32_t c = 0; /* harmful, so that a malformed byte is replaced too */
        const size_t n = wva_utf8_decode(s + used, len - used, &c);

        if (!is_harmless(c) && !(c == '\n' && keep_newlines)) {
            out[written++] = '?';
        } else if (n <= room - written) {
            memmove(out + written, s + used, n); /* `out` may be `s` */
            written += n;
        } else {
            break;
        }
        used += n > 0 ? n : 1;
    }
    if (ret_used != NULL)
        *ret_used = used;
    return written;
}

/* Characters that do not take one column: the marks and the wide blocks people meet in names and
 * messages, after Unicode 14 (general categories Mn, Me, Cf; East Asian Width W, F). Gaps of a few
 * unassigned characters are joined. */
static const struct width {
    uint32_t first, last;
    unsigned columns;
} widths[] = {
    {0x0300, 0x036F, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05BD, 0},   {0x0610, 0x061A, 0},
    {0x064B, 0x065F, 0},   {0x06D6, 0x06DC, 0},   {0x0900, 0x0902, 0},   {0x093C, 0x093C, 0},
    {0x0941, 0x0948, 0},   {0x094D, 0x094D, 0},   {0x0E31, 0x0E31, 0},   {0x0E34, 0x0E3A, 0},
    {0x0E47, 0x0E4E, 0},   {0x1100, 0x115F, 2},   {0x1AB0, 0x1ACE, 0},   {0x1DC0, 0x1DFF, 0},
    {0x200B, 0x200F, 0},   {0x202A, 0x202E, 0},   {0x2060, 0x206F, 0},   {0x20D0, 0x20F0, 0},
    {0x231A, 0x231B, 2},   {0x2329, 0x232A, 2},   {0x23E9, 0x23EC, 2},   {0x23F0, 0x23F0, 2},
    {0x23F3, 0x23F3, 2},   {0x25FD, 0x25FE, 2},   {0x2614, 0x2615, 2},   {0x2648, 0x2653, 2},
    {0x267F, 0x267F, 2},   {0x2693, 0x2693, 2},   {0x26A1, 0x26A1, 2},   {0x26AA, 0x26AB, 2},
    {0x26BD, 0x26BE, 2},   {0x26C4, 0x26C5, 2},   {0x26CE, 0x26CE, 2},   {0x26D4, 0x26D4, 2},
    {0x26EA, 0x26EA, 2},   {0x26F2, 0x26F3, 2},   {0x26F5, 0x26F5, 2},   {0x26FA, 0x26FA, 2},
    {0x26FD, 0x26FD, 2},   {0x2705, 0x2705, 2},   {0x270A, 0x270B, 2},   {0x2728, 0x2728, 2},
    {0x274C, 0x274C, 2},   {0x274E, 0x274E, 2},   {0x2753, 0x2755, 2},   {0x2757, 0x2757, 2},
    {0x2795, 0x2797, 2},   {0x27B0, 0x27B0, 2},   {0x27BF, 0x27BF, 2},   {0x2B1B, 0x2B1C, 2},
    {0x2B50, 0x2B50, 2},   {0x2B55, 0x2B55, 2},   {0x2E80, 0x3029, 2},   {0x302A, 0x302D, 0},
    {0x302E, 0x303E, 2},   {0x3041, 0x3096, 2},   {0x3099, 0x309A, 0},   {0x309B, 0x3247, 2},
    {0x3250, 0x4DBF, 2},   {0x4E00, 0xA4C6, 2},   {0xA960, 0xA97C, 2},   {0xAC00, 0xD7A3, 2},
    {0xF900, 0xFAD9, 2},   {0xFE00, 0xFE0F, 0},   {0xFE10, 0xFE19, 2},   {0xFE20, 0xFE2F, 0},
    {0xFE30, 0xFE6B, 2},   {0xFEFF, 0xFEFF, 0},   {0xFF01, 0xFF60, 2},   {0xFFE0, 0xFFE6, 2},
    {0x16FE0, 0x18D08, 2}, {0x1AFF0, 0x1B2FB, 2}, {0x1F004, 0x1F004, 2}, {0x1F0CF, 0x1F0CF, 2},
    {0x1F18E, 0x1F18E, 2}, {0x1F191, 0x1F19A, 2}, {0x1F200, 0x1F265, 2}, {0x1F300, 0x1F64F, 2},
    {0x1F680, 0x1F6FC, 2}, {0x1F7E0, 0x1F7F0, 2}, {0x1F90C, 0x1F9FF, 2}, {0x1FA70, 0x1FAF6, 2},
    {0x20000, 0x3FFFD, 2}, {0xE0001, 0xE01EF, 0},
};

static size_t columns_of(uint32_t c)
{
    size_t low = 0;
    size_t high = WVA_COUNT(widths);

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (c > widths[middle].last)
            low = middle + 1;
        else if (c < widths[middle].first)
            high = middle;
        else
            return widths[middle].columns;
    }
    return c < 0x20 || (c >= 0x7F && c < 0xA0) ? 0 : 1;
}

size_t wva_utf8_width(const char *s)
{
    size_t len = strlen(s);
    size_t width = 0;

    while (len > 0) {
        uint32_t c = '?'; /* what a malformed byte is shown as */
        const size_t n = wva_utf8_decode(s, len, &c);
        const size_t step = n > 0 ? n : 1;

        width += columns_of(c);
        s += step;
        len -= step;
    }
    return width;
}
