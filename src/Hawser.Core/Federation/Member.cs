using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>An admin as the members list shows it. Spec: federation.md §4.1.</summary>
/// <param name="Id">Its routing ID.</param>
/// <param name="Key">Signs votes, certificates, tickets and receipts.</param>
/// <param name="ChannelKey">Its hub's, for lines and dials.</param>
/// <param name="At">Where its hub listens on UDP.</param>
/// <param name="Url">Where its hub answers HTTP, without a slash at the end.</param>
/// <param name="Name">What people call it.</param>
internal sealed record Member(
    RoutingId Id, VerifyKey Key, DhPublicKey ChannelKey, HostPort At, string Url, string Name)
{
    public const int MaxUrl = 200; // federation.md §6
    public const int MaxName = 64;

    /// <summary>The one line that says all of it, without the LF.</summary>
    public override string ToString() => $"Admin: {Id} {Key} {ChannelKey} {At} {Url} {Name}";

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string line, out Member member)
    {
        member = null!;
        if (line.Split(' ', 7) is not ["Admin:", var id, var key, var channel, var at, var url, var name]) return false;
        if (!RoutingId.TryParseCanonical(Encoding.UTF8.GetBytes(id), out var adminId) || !VerifyKey.TryParse(key, out var adminKey) ||
            !DhPublicKey.TryParse(channel, out var channelKey) || !HostPort.TryParse(at, out var address)) return false;
        if (!IsUrl(url) || !IsName(name)) return false;
        member = new(adminId, adminKey, channelKey, address, url, name);
        return true;
    }

    public static bool IsUrl(string url) =>
        url.Length <= MaxUrl && url.All(c => c is > ' ' and < (char)127) && !url.EndsWith('/') &&
        (url.StartsWith("http://", StringComparison.Ordinal) || url.StartsWith("https://", StringComparison.Ordinal));

    public static bool IsName(string name) =>
        Encoding.UTF8.GetByteCount(name) <= MaxName && LineReader.IsPlain(Encoding.UTF8.GetBytes(name));

    /// <summary>The ID of a founder: the first timestamp there is, its place as the slot.</summary>
    public static RoutingId FounderId(int place) => IdOf(place);

    /// <summary>The ID of an admin that a vote of this height brings in: one a height, so none is given twice.</summary>
    public static RoutingId LaterId(uint height) => IdOf(Genesis.MaxAdmins + (long)height);

    private static RoutingId IdOf(long place)
    {
        var digits = new byte[RoutingId.Size];
        digits.AsSpan().Fill((byte)'0');
        for (var at = digits.Length - 1; place > 0; at--, place /= 36) digits[at] = (byte)Base36.Digits[(int)(place % 36)];
        return RoutingId.TryRead(digits, out var id) ? id : throw new ArgumentOutOfRangeException(nameof(place));
    }

    /// <summary>The key by which its signatures under notes are known.</summary>
    public NoteKey NoteKey => new(Id.ToString(), Key);
}
