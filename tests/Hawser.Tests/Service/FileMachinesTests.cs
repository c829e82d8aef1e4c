using Hawser.Crypto;
using Hawser.Service;
using Hawser.Tests.Sim;
using Xunit;

namespace Hawser.Tests.Service;

public class FileMachinesTests
{
    private readonly byte[] _buffer = new byte[1024];

    /// <summary>Both machines, with the bytes between them cut anywhere.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void Files_go_over_however_the_stream_is_cut(ulong seed)
    {
        var random = new SimRandom(seed);
        var sender = new FileSender();
        using var receiver = new FileReceiver();
        for (var file = 0; file < 20; file++)
        {
            var contents = new byte[random.Next(2000)];
            random.Fill(contents);
            var offset = random.Next(contents.Length + 1);
            Offer(sender, receiver, random, new("a", contents.Length, Sha256.Hash(contents)));

            receiver.Resume(contents.AsSpan(0, offset));
            Reply(sender, random, receiver.Accept(_buffer));
            Assert.Equal(contents.Length - offset, sender.Left);

            var got = contents[..offset].ToList();
            for (var rest = contents.AsSpan(offset); !rest.IsEmpty;)
            {
                var piece = rest[..(1 + random.Next(rest.Length))];
                var used = receiver.Receive(piece, out var taken);
                Assert.Equal(piece.Length, used);
                got.AddRange(taken);
                sender.Wrote(piece.Length);
                rest = rest[piece.Length..];
            }

            Assert.Equal((FileReceiver.State.Complete, FileSender.State.AwaitingReceipt), (receiver.Now, sender.Now));
            Assert.Equal(contents, got);
            Reply(sender, random, receiver.Stored(_buffer));
            Assert.Equal(FileSender.State.Idle, sender.Now);
            Assert.True(receiver.IsBetweenFiles);
        }
    }

    [Fact]
    public void No_receipt_is_written_for_other_bytes()
    {
        using var receiver = new FileReceiver();
        Feed(receiver, new("a", 3, Sha256.Hash("abc"u8)));
        receiver.Accept(_buffer);
        receiver.Receive("abx"u8, out _);
        Assert.False(receiver.Matches());
        Assert.Throws<InvalidOperationException>(() => receiver.Stored(_buffer));
        receiver.NotStored(FileVerdict.Mismatch, _buffer);
        Assert.True(FileReply.TryRead(_buffer.AsSpan(0, FileReply.Size), out var reply));
        Assert.Equal(FileVerdict.Mismatch, reply.Verdict);
    }

    [Fact]
    public void An_offer_with_a_bad_name_is_declined_and_the_next_one_taken()
    {
        using var receiver = new FileReceiver();
        Feed(receiver, new("../a", 3, default));
        Assert.Equal(FileReceiver.State.Misnamed, receiver.Now);
        receiver.Decline(FileVerdict.BadName, _buffer);
        Feed(receiver, new("a", 3, default));
        Assert.Equal(FileReceiver.State.Offered, receiver.Now);
    }

    [Fact]
    public void Bytes_after_an_offer_wait_for_the_answer()
    {
        using var receiver = new FileReceiver();
        Feed(receiver, new("a", 3, default));
        Assert.Equal(0, receiver.Receive("abc"u8, out var contents));
        Assert.True(contents.IsEmpty);
    }

    [Fact]
    public void What_is_no_offer_breaks_the_receiver()
    {
        using var receiver = new FileReceiver();
        var bytes = new byte[FileOffer.MinSize];
        bytes[0] = 2;
        bytes[^2] = 1;
        receiver.Receive(bytes, out _);
        Assert.Equal(FileReceiver.State.Broken, receiver.Now);
        Assert.Equal(0, receiver.Receive(bytes, out _));
    }

    [Theory]
    [InlineData(3, 0, 0)] // a receipt before a byte was sent
    [InlineData(2, 0, 4)] // an offset beyond the end
    public void A_reply_out_of_place_breaks_the_sender(byte kind, byte verdict, long offset)
    {
        var sender = new FileSender();
        sender.Offer(new("a", 3, default), _buffer);
        var length = new FileReply((FileReplyKind)kind, (FileVerdict)verdict, offset).Write(_buffer);
        sender.Receive(_buffer.AsSpan(0, length), out var reply);
        Assert.Null(reply);
        Assert.Equal(FileSender.State.Broken, sender.Now);
    }

    [Fact]
    public void A_receiver_that_gives_up_midway_says_why()
    {
        var sender = new FileSender();
        sender.Offer(new("a", 3, default), _buffer);
        sender.Receive(_buffer.AsSpan(0, new FileReply(FileReplyKind.Answer, FileVerdict.Yes, 0).Write(_buffer)), out _);
        sender.Wrote(1);
        sender.Receive(_buffer.AsSpan(0, new FileReply(FileReplyKind.Receipt, FileVerdict.Failed, 0).Write(_buffer)), out var reply);
        Assert.Equal(FileVerdict.Failed, reply!.Value.Verdict);
        Assert.Equal(FileSender.State.Broken, sender.Now);
    }

    private void Offer(FileSender sender, FileReceiver receiver, SimRandom random, FileOffer offer)
    {
        var bytes = _buffer.AsSpan(0, sender.Offer(offer, _buffer));
        while (!bytes.IsEmpty) bytes = bytes[receiver.Receive(bytes[..(1 + random.Next(bytes.Length))], out _)..];
        Assert.Equal(offer, receiver.Current);
    }

    private void Reply(FileSender sender, SimRandom random, int length)
    {
        FileReply? reply = null;
        var bytes = _buffer.AsSpan(0, length);
        while (!bytes.IsEmpty) bytes = bytes[sender.Receive(bytes[..(1 + random.Next(bytes.Length))], out reply)..];
        Assert.NotNull(reply);
    }

    private void Feed(FileReceiver receiver, FileOffer offer)
    {
        var length = offer.Write(_buffer);
        Assert.Equal(length, receiver.Receive(_buffer.AsSpan(0, length), out _));
    }
}
