using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What a vote can do to the list of admins. Spec: membership.md §4.</summary>
internal enum ChangeKind
{
    /// <summary>A hub becomes an admin.</summary>
    Add,

    /// <summary>An admin is one no more.</summary>
    Retire,

    /// <summary>An admin goes on with other keys, or at another address.</summary>
    Rekey,
}

/// <summary>
/// One change of the list. A hub that comes in is shown by its card, signed by the key that it will sign with and naming
/// this federation: so nobody is made an admin who did not ask for it.
/// </summary>
internal sealed record MemberChange(ChangeKind Kind, RoutingId Admin, HubCard? Card)
{
    public const int MaxSize = 2_048; // membership.md §6
    private static readonly string[] Words = ["add", "retire", "rekey"];

    /// <summary>The lines that are voted on.</summary>
    public string Text => $"Change: {Words[(int)Kind]}\n" + (Kind is ChangeKind.Add ? "" : $"Admin: {Admin}\n")
        + (Card is null ? "" : $"Hub: {Base64Url.EncodeToString(Card.Write())}\n");

    /// <summary>What names it.</summary>
    public Bytes32 Hash => Sha256.Hash(Encoding.ASCII.GetBytes(Text).AsSpan());

    public static MemberChange Add(HubCard card) => new(ChangeKind.Add, default, card);

    public static MemberChange Retire(RoutingId admin) => new(ChangeKind.Retire, admin, null);

    public static MemberChange Rekey(RoutingId admin, HubCard card) => new(ChangeKind.Rekey, admin, card);

    public string KindText => Words[(int)Kind];

    /// <summary>Whether it could be made with these members.</summary>
    public bool IsPossible(in Bytes32 genesis, Members members)
    {
        var place = Kind is ChangeKind.Add ? -1 : members.PlaceOf(Admin);
        if (Kind is ChangeKind.Retire) return place >= 0 && members.Count > 1;
        if (Kind is ChangeKind.Rekey ? place < 0 : members.Count >= Genesis.MaxAdmins) return false;
        if (Card!.Genesis != genesis) return false;
        for (var i = 0; i < members.Count; i++)
            if (members[i].Key == Card.AdminKey || members[i].ChannelKey == Card.ChannelKey && i != place) return false;
        return true;
    }

    /// <summary>The members with it made; an admin that comes in gets an ID of the height that it was decided at.</summary>
    public Members ApplyTo(Members members, uint height) => Kind switch
    {
        ChangeKind.Add => new(members.All.Append(MemberOf(Card!, Member.LaterId(height)))),
        ChangeKind.Retire => new(members.All.Where(m => m.Id != Admin)),
        ChangeKind.Rekey => new(members.All.Select(m => m.Id == Admin ? MemberOf(Card!, m.Id) : m)),
    };

    /// <summary>Reads the lines up to the end of the text.</summary>
    public static bool TryTake(ref LineReader reader, [NotNullWhen(true)] out MemberChange? change)
    {
        change = null;
        if (!reader.TryReadField("Change"u8, out ReadOnlySpan<byte> word)) return false;
        var kind = (ChangeKind)Array.IndexOf(Words, Encoding.ASCII.GetString(word));
        var (admin, card) = (default(RoutingId), default(HubCard));
        if ((int)kind < 0) return false;
        if (kind is not ChangeKind.Add && (!reader.TryReadField("Admin"u8, out ReadOnlySpan<byte> name)
            || !RoutingId.TryParseCanonical(name, out admin))) return false;
        if (kind is not ChangeKind.Retire && (!reader.TryReadField("Hub"u8, out ReadOnlySpan<byte> text)
            || !CanonicalBase64.TryDecode(text, out var bytes) || !HubCard.TryRead(bytes, out card))) return false;
        if (!reader.AtEnd) return false;
        change = new(kind, admin, card);
        return true;
    }

    private static Member MemberOf(HubCard card, RoutingId id) => new(id, card.AdminKey, card.ChannelKey, card.At, card.Url, card.Name);
}

/// <summary>
/// An admin's vote on a change: a leaf of its own log, whose head signs it. The last one that an admin logs is what
/// counts. Spec: membership.md §4.
/// </summary>
internal sealed record MemberVote(Bytes32 Genesis, bool Yes, MemberChange Change)
{
    public byte[] Write() => Encoding.ASCII.GetBytes($"hawser/vote/1 {Genesis}\nVote: {(Yes ? "yes" : "no")}\n{Change.Text}");

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out MemberVote? vote)
    {
        vote = null;
        var reader = new LineReader(text);
        if (text.Length > MemberChange.MaxSize || !reader.TryReadTitle("hawser/vote/1"u8, out var genesis)
            || !reader.TryReadField("Vote"u8, out ReadOnlySpan<byte> word)
            || !(word.SequenceEqual("yes"u8) || word.SequenceEqual("no"u8))) return false;
        var yes = word.Length == 3;
        if (!MemberChange.TryTake(ref reader, out var change)) return false;
        vote = new(genesis, yes, change);
        return true;
    }
}

/// <summary>A hub asks an admin to vote for it: what it is asked, its people decide. Spec: membership.md §4.</summary>
internal sealed record JoinRequest(Bytes32 Genesis, MemberChange Change)
{
    public byte[] Write() => Encoding.ASCII.GetBytes($"hawser/join/1 {Genesis}\n{Change.Text}");

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out JoinRequest? request)
    {
        request = null;
        var reader = new LineReader(text);
        if (text.Length > MemberChange.MaxSize || !reader.TryReadTitle("hawser/join/1"u8, out var genesis)
            || !MemberChange.TryTake(ref reader, out var change) || change.Kind is ChangeKind.Retire || change.Card!.Genesis != genesis) return false;
        request = new(genesis, change);
        return true;
    }
}
