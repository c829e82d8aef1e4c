using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Services;
using Hawser.Service;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Hawser.Tests.Net.Services;

public sealed class FileTransferTests : IDisposable
{
    private const int Size = 300_000;
    private static readonly DhPublicKey Alice = new(Bytes32.Read([1, .. new byte[31]]));
    private static readonly DhPublicKey Eve = new(Bytes32.Read([2, .. new byte[31]]));

    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));
    private readonly TemporaryFolder _outbox = new();
    private readonly TemporaryFolder _inbox = new();
    private readonly List<ReceivedFile> _received = [];
    private readonly List<FileProgress> _progress = [];

    public void Dispose()
    {
        _patience.Dispose();
        _outbox.Dispose();
        _inbox.Dispose();
    }

    [Fact]
    public async Task Several_files_arrive_in_one_go()
    {
        string[] paths = [_outbox.File("a.bin", Bytes(Size)), _outbox.File("empty", []), _outbox.File(".hidden", [1])];
        var results = await SendAsync(paths);

        Assert.All(results, r => Assert.Equal(FileOutcome.Stored, r.Outcome));
        Assert.Equal(["a.bin", "empty", "hidden"], _inbox.Names());
        Assert.Equal(Bytes(Size), _inbox.Read("a.bin"));
        Assert.Equal(results.Select(r => (r.Name, r.Sha256)), _received.Select(r => (r.Name, r.Sha256)));
        Assert.Empty(_inbox.Partials());
        Assert.Equal(new FileProgress(paths[0], FilePhase.Sending, Size, Size), _progress.Last(p => p.Path == paths[0]));
    }

    [Fact]
    public async Task A_file_is_never_overwritten()
    {
        _inbox.File("a.bin", [1, 2, 3]);
        await SendAsync([_outbox.File("a.bin", Bytes(100))]);
        await SendAsync([_outbox.File("a.bin", Bytes(101))]);
        Assert.Equal(["a (2).bin", "a (3).bin", "a.bin"], _inbox.Names());
        Assert.Equal([1, 2, 3], _inbox.Read("a.bin"));
        Assert.Equal(Bytes(100), _inbox.Read("a (2).bin"));
    }

    [Fact]
    public async Task What_is_here_already_is_confirmed_and_not_stored_twice()
    {
        var path = _outbox.File("a.bin", Bytes(Size));
        await SendAsync([path]);
        _progress.Clear();
        Assert.Equal(FileOutcome.Stored, Assert.Single(await SendAsync([path])).Outcome);
        Assert.Equal(["a.bin"], _inbox.Names());
        Assert.Single(_received);
        Assert.DoesNotContain(_progress, p => p.Phase is FilePhase.Sending && p.Done < Size);
    }

    [Fact]
    public async Task A_link_in_the_inbox_is_not_followed()
    {
        var secret = _outbox.File("secret", Bytes(100));
        File.CreateSymbolicLink(Path.Combine(_inbox.Path, "a"), secret);
        Assert.Equal(FileOutcome.Stored, Assert.Single(await SendAsync([_outbox.File("a", Bytes(100))])).Outcome);
        Assert.Equal(["a", "a (2)"], _inbox.Names());
    }

    /// <summary>The receiver dies at random points; what it had on disk then is what it has.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task A_transfer_resumes_after_every_crash(ulong seed)
    {
        var random = new SimRandom(seed);
        var contents = Bytes(Size);
        var path = _outbox.File("a.bin", contents);
        var resumed = 0;
        for (var crashes = 0; crashes < 20; crashes++)
        {
            _progress.Clear();
            try
            {
                await SendAsync([path], cut: random.Next(Size / 5));
                break;
            }
            catch (IOException)
            {
                Assert.Empty(_inbox.Names()); // nothing half-written, nothing reported
                Assert.Empty(_received);
            }

            if (_progress.FirstOrDefault(p => p.Phase is FilePhase.Sending).Done > 0) resumed++;
        }

        Assert.True(resumed > 0);
        if (_inbox.Names() is []) await SendAsync([path]);
        Assert.Equal(contents, _inbox.Read("a.bin"));
        Assert.Equal(["a.bin"], _inbox.Names());
        Assert.Single(_received);
        Assert.Empty(_inbox.Partials());
    }

    [Fact]
    public async Task A_spoilt_partial_file_is_thrown_away_and_all_sent_again()
    {
        var path = _outbox.File("a.bin", Bytes(Size));
        await Assert.ThrowsAnyAsync<IOException>(() => SendAsync([path], cut: Size / 2));
        var partial = Assert.Single(_inbox.Partials());
        await using (var file = new FileStream(partial, FileMode.Open)) file.Write(new byte[1000]); // as lost pages look

        Assert.Equal(FileOutcome.Stored, Assert.Single(await SendAsync([path])).Outcome);
        Assert.Equal(Bytes(Size), _inbox.Read("a.bin"));
    }

    [Fact]
    public async Task Another_sender_cannot_spoil_a_partial_file()
    {
        var path = _outbox.File("a.bin", Bytes(Size));
        await Assert.ThrowsAnyAsync<IOException>(() => SendAsync([path], cut: Size / 2));
        await Assert.ThrowsAnyAsync<IOException>(() => SendAsync([path], cut: Size / 3, from: Eve));
        Assert.Equal(2, _inbox.Partials().Length);
    }

    [Fact]
    public async Task What_exceeds_the_quota_is_declined_and_the_next_file_is_not()
    {
        var results = await SendAsync(
            [_outbox.File("big", Bytes(Size)), _outbox.File("small", Bytes(100))], quota: Size - 1);
        Assert.Equal([FileOutcome.NoRoom, FileOutcome.Stored], results.Select(r => r.Outcome));
        Assert.Equal(["small"], _inbox.Names());
        Assert.Empty(_inbox.Partials());
    }

    [Fact]
    public async Task The_same_file_on_two_streams_is_taken_on_one()
    {
        var offer = new FileOffer("a", 10, Sha256.Hash(Bytes(10)));
        var inbox = new FileInbox(_inbox.Path, long.MaxValue);
        await using var held = inbox.OpenPartial(offer, Alice);
        var results = await SendAsync([_outbox.File("a", Bytes(10))]);
        Assert.Equal(FileOutcome.Declined, Assert.Single(results).Outcome);
    }

    [Fact]
    public async Task A_lying_offer_is_stored_nowhere()
    {
        var (near, far) = PeerStream.CreatePair();
        var serving = ServeAsync(far, Alice, long.MaxValue);
        var buffer = new byte[FileOffer.MaxSize];
        var sender = new FileSender();
        await near.WriteAsync(buffer.AsMemory(0, sender.Offer(new("a", 3, Sha256.Hash("abc"u8)), buffer)), _patience.Token);
        await near.ReadExactlyAsync(buffer.AsMemory(0, FileReply.Size), _patience.Token);
        await near.WriteAsync("abd"u8.ToArray(), _patience.Token);
        await near.ReadExactlyAsync(buffer.AsMemory(0, FileReply.Size), _patience.Token);
        Assert.True(FileReply.TryRead(buffer.AsSpan(0, FileReply.Size), out var reply));
        Assert.Equal(new FileReply(FileReplyKind.Receipt, FileVerdict.Mismatch, 0), reply);
        await near.CompleteWritesAsync(_patience.Token);
        await serving;
        Assert.Empty(_inbox.Names());
        Assert.Empty(_inbox.Partials());
    }

    [Fact]
    public async Task A_directory_is_not_sent() =>
        Assert.Contains("directory", (await Assert.ThrowsAsync<ArgumentException>(() => SendAsync([_outbox.Path]))).Message, StringComparison.Ordinal);

    private async Task<IReadOnlyList<FileResult>> SendAsync(
        string[] paths, int? cut = null, DhPublicKey? from = null, long quota = long.MaxValue)
    {
        var (near, far) = PeerStream.CreatePair();
        var serving = ServeAsync(cut is { } after ? new CuttingStream(far, after) : far, from ?? Alice, quota);
        await using (near)
        {
            try
            {
                return await FileOutbox.SendAsync(near, paths, new Recorder(_progress), _patience.Token);
            }
            finally
            {
                near.Reset();
                await serving;
            }
        }
    }

    private async Task ServeAsync(PeerStream stream, DhPublicKey from, long quota)
    {
        var inbox = new FileInbox(_inbox.Path, quota);
        await using (stream)
        {
            using var intake = new FileIntake(stream, new(from, null, false), inbox, new ArrivalCalls(_received.Add), NullLogger.Instance);
            try
            {
                await intake.RunAsync(_patience.Token);
            }
            catch (IOException)
            {
                // The sender's side of the test sees it.
            }
        }
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new SimRandom(7).Fill(bytes);
        return bytes;
    }

    /// <summary>At once and in order, unlike Progress.</summary>
    private sealed class Recorder(List<FileProgress> list) : IProgress<FileProgress>
    {
        public void Report(FileProgress value) => list.Add(value);
    }
}
