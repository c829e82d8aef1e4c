using System.Globalization;
using System.Numerics;
using Hawser.Crypto;
using Hawser.Transport;

namespace Hawser.Net.Datagrams;

/// <summary>The text form of what an endpoint offers: <c>profile=wide;window=1024;sig=16;aead=aes;cid=8;maxk=22</c>.</summary>
/// <param name="Offer">For packet 3, or for the choice in packet 4.</param>
/// <param name="MaxDifficulty">Of puzzles, in bits.</param>
/// <param name="CidLength">Bytes of the identifiers that peers write on their packets to us.</param>
internal readonly record struct ProtocolSettings(Settings Offer, uint MaxDifficulty, int CidLength)
{
    private const int MaxNarrowBits = 5;

    /// <exception cref="ArgumentException">Says which pair is wrong.</exception>
    public static ProtocolSettings Parse(string text)
    {
        var (offer, difficulty, cid) = (Settings.Default, 22u, Cid.MaxLength);
        foreach (var pair in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            var (key, value) = at < 0 ? (pair, "") : (pair[..at], pair[(at + 1)..]);
            _ = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            switch (key)
            {
                case "window" when number is >= 8 and <= ReceiveRanges.MaxWindow && BitOperations.IsPow2(number):
                    offer = offer with { WindowBits = BitOperations.Log2((uint)number) };
                    break;
                case "sig" when number is >= 12 and <= PacketCipher.TagSize:
                    offer = offer with { TagSize = number };
                    break;
                case "aead" when value is "aes":
                    offer = offer with { First = Aead.Aes256Gcm, Second = Aead.ChaCha20Poly1305 };
                    break;
                case "aead" when value is "chacha":
                    offer = offer with { First = Aead.ChaCha20Poly1305, Second = Aead.Aes256Gcm };
                    break;
                case "profile" when value is "wide" or "narrow":
                    offer = offer with { Wide = value is "wide" };
                    break;
                case "cid" when number is >= 0 and <= Cid.MaxLength && value.Length > 0:
                    cid = number;
                    break;
                case "maxk" when number is >= 0 and <= (int)Puzzle.MaxDifficulty && value.Length > 0:
                    difficulty = (uint)number;
                    break;
                default:
                    throw new ArgumentException($"{pair} is no setting: profile=wide|narrow, window=8…65536 (narrow: to 32), sig=12…16, aead=aes|chacha, cid=0…8, maxk=0…26", nameof(text));
            }
        }

        if (!offer.Wide) offer = offer with { WindowBits = Math.Min(offer.WindowBits, MaxNarrowBits) };
        return new(offer, difficulty, cid);
    }
}
