using System.Globalization;
using System.Numerics;
using Hawser.Crypto;
using Hawser.Transport;

namespace Hawser.Net.Datagrams;

/// <summary>The text form of what an endpoint offers: <c>window=1024;sig=16;aead=aes;maxk=22</c>.</summary>
/// <param name="Offer">For packet 3, or for the choice in packet 4.</param>
/// <param name="MaxDifficulty">Of puzzles, in bits.</param>
internal readonly record struct ProtocolSettings(Settings Offer, uint MaxDifficulty)
{
    /// <exception cref="ArgumentException">Says which pair is wrong.</exception>
    public static ProtocolSettings Parse(string text)
    {
        var (offer, difficulty) = (Settings.Default, 22u);
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
                case "maxk" when number is >= 0 and <= (int)Puzzle.MaxDifficulty && value.Length > 0:
                    difficulty = (uint)number;
                    break;
                default:
                    throw new ArgumentException($"{pair} is no setting: window=8…65536, sig=12…16, aead=aes|chacha, maxk=0…26", nameof(text));
            }
        }

        return new(offer, difficulty);
    }
}
