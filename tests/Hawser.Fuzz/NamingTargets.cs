using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Tests.Sim;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Fuzz;

/// <summary>Documents of a claim that are in order: the mutator starts from these.</summary>
internal static class NamingSeeds
{
    private static readonly SimRandom Random = new(36);
    private static readonly SigningKey Admin = SigningKey.Generate(Random), Owner = SigningKey.Generate(Random);
    private static readonly Bytes32 Genesis = Sha256.Hash("genesis"u8);

    static NamingSeeds()
    {
        if (!RoutingTick.TryParse("0a9"u8, out var tick)) throw new InvalidOperationException("0a9 is a tick");
        var issuer = RoutingId.Random(default, Random);
        var sealKey = new SealKey(Sha256.Hash("seed"u8));
        var hash = ClaimTicket.SealHash(sealKey.Public);
        Ticket = ClaimTicket.Issue(Genesis, issuer, Admin, RoutingId.Random(tick, Random), hash);
        Deed = Deed.Sign(new()
        {
            Genesis = Genesis, Timestamp = tick, Keyword = "pi", TicketIssuer = issuer, TicketNumber = Ticket.Number,
            ClaimKey = Owner.Public, ChannelKey = new(Genesis), Hubs = [issuer], At = [HostPort.Read([192, 0, 2, 1], 80)],
        }, Owner);
        Claim = SealedClaim.Seal(Deed, Ticket, sealKey, Owner);
        Reveal = Hawser.Naming.Reveal.Sign(Genesis, Claim.Identity, sealKey.Seed, Owner).Write();
        Share = RevealShare.Make(Claim, sealKey, Owner, issuer, 2, 3).Write();
        Receipt = Hawser.Naming.Receipt.Sign(Genesis, issuer, Admin, 7, 9, Claim.Text).Write();
        Request = new TicketRequest(Genesis, hash).Write();
        TicketText = Ticket.Write(Genesis);
        var state = new StateTree();
        state.Set(Title.Provisional(Deed, 9));
        Proof = new OwnershipProof
        {
            Federation = 1, Height = 9, Tick = tick, Rest = Genesis, Signers = [1], Signatures = [Ticket.Signature],
            Path = state.Prove(Deed.Id),
        }.Write();
        Record = new ClaimantRecord { State = ClaimantState.Sealed, Seed = Genesis, Sealed = Claim.Text, Receipts = [Receipt] }.Write();
        Note = new SignedNote("text\n", [SignedNote.Sign("name", Admin, "text\n")]).Write();
    }

    public static ClaimTicket Ticket { get; }
    public static Deed Deed { get; }
    public static SealedClaim Claim { get; }
    public static byte[] Reveal { get; }
    public static byte[] Share { get; }
    public static byte[] Receipt { get; }
    public static byte[] Request { get; }
    public static byte[] TicketText { get; }
    public static byte[] Proof { get; }
    public static byte[] Record { get; }
    public static byte[] Note { get; }

    public static void MustEqual(ReadOnlySpan<byte> again, ReadOnlySpan<byte> input)
    {
        if (!again.SequenceEqual(input)) throw new InvalidDataException("not canonical");
    }
}

internal sealed class DeedTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [NamingSeeds.Deed.Text];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (Deed.TryRead(input, out var deed)) NamingSeeds.MustEqual(deed.Text, input);
    }
}

internal sealed class SealedClaimTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [NamingSeeds.Claim.Text];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (SealedClaim.TryRead(input, out var claim)) claim.Open(default, out _);
    }
}

internal sealed class ClaimTicketTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [NamingSeeds.TicketText];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (ClaimTicket.TryRead(input, out var genesis, out var ticket)) NamingSeeds.MustEqual(ticket.Write(genesis), input);
    }
}

internal sealed class TicketRequestTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [NamingSeeds.Request];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (TicketRequest.TryRead(input, out var request)) NamingSeeds.MustEqual(request.Write(), input);
    }
}

internal sealed class RevealTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [NamingSeeds.Reveal];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (Reveal.TryRead(input, out var reveal)) NamingSeeds.MustEqual(reveal.Write(), input);
    }
}

internal sealed class ReceiptTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [NamingSeeds.Receipt];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (Receipt.TryRead(input, out var receipt)) NamingSeeds.MustEqual(receipt.Write(), input);
    }
}

internal sealed class RoutingIdTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = ["0a9jj39f7a"u8.ToArray(), "0a9-jj39f7a-k"u8.ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (RoutingId.TryRead(input, out var id)) NamingSeeds.MustEqual(id.ToArray(), input);
        if (RoutingId.TryParseCanonical(input, out id)) NamingSeeds.MustEqual(System.Text.Encoding.ASCII.GetBytes(id.ToString()), input);
        RoutingId.Parse(System.Text.Encoding.Latin1.GetString(input), out _);
    }
}

internal sealed class OwnershipProofTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [NamingSeeds.Proof];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!OwnershipProof.TryRead(input, out var proof)) return;
        NamingSeeds.MustEqual(proof.Write(), input);
        proof.Path.TryFollow(NamingSeeds.Deed.Id, out _);
    }
}

internal sealed class ClaimantRecordTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [NamingSeeds.Record];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (ClaimantRecord.TryRead(input, out var record)) NamingSeeds.MustEqual(record.Write(), input);
    }
}

internal sealed class SignedNoteTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [NamingSeeds.Note];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!SignedNote.TryRead(input, out var note)) return;
        NamingSeeds.MustEqual(note.Write(), input);
        _ = Checkpoint.TryParse(note.Text, out _);
    }
}

internal sealed class EntryBundleTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [[0, 1, 5, 0, 0], new EntryBundle([[1, 2], [3]]).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (EntryBundle.TryRead(input, out var bundle)) NamingSeeds.MustEqual(bundle.Write(), input);
    }
}

internal sealed class TitleTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [Title.Provisional(NamingSeeds.Deed, 9).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        var reader = new SpanReader(input);
        if (Title.TryRead(ref reader, out var title)) NamingSeeds.MustEqual(title.Write(), input[..^reader.Rest.Length]);
    }
}

internal sealed class TreePathTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [[0, 0, 0, 1, 0, 0, 0, 2, .. new byte[32]]];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        var reader = new SpanReader(input);
        if (TreePath.TryRead(ref reader, out var path) && !path.TryFollow(default, out _))
            throw new InvalidDataException("a path of the wrong length");
    }
}

internal sealed class RevealShareTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [NamingSeeds.Share];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (RevealShare.TryRead(input, out var share)) NamingSeeds.MustEqual(share.Write(), input);
    }
}

internal sealed class TentativeAnswerTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [.. ((uint?[])[null, 5]).Select(others =>
        TentativeAnswer.Sign(default, NamingSeeds.Deed.Id, new SigningKey(default), default, 9, ClaimStanding.Accepted, others).Write())];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (TentativeAnswer.TryRead(input, out var answer)) NamingSeeds.MustEqual(answer.Write(), input);
    }
}

internal sealed class RecordsKeptTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
    [
        RecordsKept.Sign(default, NamingSeeds.Deed.Id, new SigningKey(default), true, []).Write(),
        RecordsKept.Sign(default, NamingSeeds.Deed.Id, new SigningKey(default), false, [(NamingSeeds.Deed.Id, 512)]).Write(),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (RecordsKept.TryRead(input, out var kept)) NamingSeeds.MustEqual(kept.Write(), input);
    }
}
