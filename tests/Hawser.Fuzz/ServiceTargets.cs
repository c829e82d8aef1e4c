using System.Text;
using Hawser.Service;

namespace Hawser.Fuzz;

/// <summary>What reads as a name is written so.</summary>
internal sealed class ServiceNameTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = ["ssh"u8.ToArray(), "a.b-c_9"u8.ToArray()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!ServiceName.TryRead(input, out var name)) return;
        if (!Encoding.ASCII.GetBytes(name.ToString()).AsSpan().SequenceEqual(input)) throw new InvalidDataException("not canonical");
    }
}

/// <summary>What reads as an open request writes back the same bytes.</summary>
internal sealed class OpenRequestTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
        [Convert.FromHexString("00050103737368"), Convert.FromHexString("000801046563686f0102")];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!OpenRequest.TryRead(input, out var request)) return;
        var again = new byte[OpenRequest.MaxSize];
        if (!again.AsSpan(0, request!.Write(again)).SequenceEqual(input)) throw new InvalidDataException("not canonical");
    }
}

/// <summary>A probe is any sixteen bytes.</summary>
internal sealed class PingProbeTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new byte[PingProbe.Size]];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (PingProbe.TryRead(input, out var probe) != (input.Length == PingProbe.Size)) throw new InvalidDataException("length");
        Span<byte> again = stackalloc byte[PingProbe.Size];
        if (input.Length == PingProbe.Size && !again[..probe.Write(again)].SequenceEqual(input))
            throw new InvalidDataException("not canonical");
    }
}

/// <summary>What reads as an offer writes back the same bytes, and bears a name that can do no harm.</summary>
internal sealed class FileOfferTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [Offer("a.txt"u8), Offer("Grüße (2).pdf"u8), Offer("../x"u8)];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!FileOffer.TryRead(input, out var offer)) return;
        var again = new byte[FileOffer.MaxSize];
        if (!again.AsSpan(0, offer!.Write(again)).SequenceEqual(input)) throw new InvalidDataException("not canonical");
        if (Path.GetFileName(offer.Name) != offer.Name || offer.Name[0] == '.') throw new InvalidDataException("name");
        if (!FileOffer.IsWellFormed(input)) throw new InvalidDataException("form");
    }

    internal static byte[] Offer(ReadOnlySpan<byte> name)
    {
        byte[] offer = [1, .. new byte[8], .. new byte[32], (byte)name.Length, .. name];
        offer[8] = 3;
        return offer;
    }
}

/// <summary>What reads as a reply writes back the same bytes.</summary>
internal sealed class FileReplyTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
        [Convert.FromHexString("02000000000000000005"), Convert.FromHexString("03040000000000000000")];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!FileReply.TryRead(input, out var reply)) return;
        Span<byte> again = stackalloc byte[FileReply.Size];
        if (!again[..reply.Write(again)].SequenceEqual(input)) throw new InvalidDataException("not canonical");
    }
}

/// <summary>Whatever comes, a receiver takes no more than was offered, and stops where it must decide.</summary>
internal sealed class FileReceiverTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
        [[.. FileOfferTarget.Offer("a"u8), 1, 2, 3, .. FileOfferTarget.Offer("b"u8), 1, 2, 3], [.. FileOfferTarget.Offer(".a"u8)]];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        using var receiver = new FileReceiver();
        Span<byte> reply = stackalloc byte[FileReply.Size];
        while (!input.IsEmpty && receiver.Now is not FileReceiver.State.Broken)
        {
            var piece = input[..Math.Min(input.Length, 7)];
            var used = receiver.Receive(piece, out var contents);
            if (used == 0 || contents.Length > used || receiver.Left < 0) throw new InvalidDataException("no progress");
            input = input[used..];
            switch (receiver.Now)
            {
                case FileReceiver.State.Offered: receiver.Accept(reply); break;
                case FileReceiver.State.Misnamed: receiver.Decline(FileVerdict.BadName, reply); break;
            }

            if (receiver.Now is not FileReceiver.State.Complete) continue;
            if (receiver.Matches()) receiver.Stored(reply);
            else receiver.NotStored(FileVerdict.Mismatch, reply);
        }
    }
}
