using System.Security.Cryptography;
using Hawser.Net;
using Hawser.Net.Sockets;
using Hawser.Tests.Sim;
using Xunit;

namespace Hawser.Tests.Net.Services;

/// <summary>Two whole nodes, handshake and all, over a network within the process.</summary>
public sealed class HawserNodeTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));
    private readonly TemporaryFolder _inbox = new();
    private readonly TemporaryFolder _outbox = new();
    private readonly List<IAsyncDisposable> _nodes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        _patience.Dispose();
        _inbox.Dispose();
        _outbox.Dispose();
    }

    [Theory, InlineData(0), InlineData(0.05)]
    public async Task A_megabyte_is_echoed_to_the_last_byte(double loss)
    {
        var (peer, _) = await DialAsync(new(loss));
        await using var stream = await peer.OpenStreamAsync("echo", cancel: _patience.Token);
        var sent = Bytes(1 << 20);
        var writing = Task.Run(async () =>
        {
            await stream.WriteAsync(sent, _patience.Token);
            await stream.CompleteWritesAsync(_patience.Token);
        });
        using var got = new MemoryStream();
        await stream.CopyToAsync(got, _patience.Token);
        await writing;
        Assert.Equal(sent, got.ToArray());
    }

    [Fact]
    public async Task Files_arrive_and_are_reported()
    {
        var (peer, host) = await DialAsync(new(loss: 0.02));
        var received = new TaskCompletionSource<ReceivedFile>();
        host.FileReceived = received.SetResult;
        var contents = Bytes(3_000_000);
        var results = await peer.SendFilesAsync([_outbox.File("a.bin", contents)], cancel: _patience.Token);
        Assert.Equal(FileOutcome.Stored, Assert.Single(results).Outcome);
        Assert.Equal(contents, _inbox.Read("a.bin"));
        Assert.Equal("a.bin", (await received.Task).Name);
    }

    [Fact]
    public async Task The_seventh_datagram_is_dropped_and_its_sender_told()
    {
        var network = new LoopbackNetwork();
        var link = new LinkSimulator(network.Bind(), TimeProvider.System);
        var (peer, host) = await DialAsync(network, link);
        var other = await host.Incoming.ReadAsync(_patience.Token);
        var verdicts = new List<bool>();
        for (byte i = 1; i <= 20; i++)
        {
            var datagram = new byte[500];
            datagram[0] = i;
            if (i == 7) link.DropNext(atLeast: 500);
            await peer.SendAsync(datagram, _patience.Token);
            if (i != 7) Assert.Equal(i, (await other.Datagrams.ReadAsync(_patience.Token)).Bytes[0]);
        }

        for (var i = 1; i <= 20; i++) verdicts.Add((await peer.Deliveries.ReadAsync(_patience.Token)).Delivered);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => i != 7), verdicts);
    }

    [Fact]
    public async Task What_is_not_for_us_does_not_open()
    {
        var (peer, _) = await DialAsync(new());
        var error = await Assert.ThrowsAsync<HawserException>(async () => await peer.OpenStreamAsync("secret", cancel: _patience.Token));
        Assert.Equal(Reason.NoSuchService, error.Reason);
        Assert.True(await peer.PingAsync(_patience.Token) > TimeSpan.Zero);
        Assert.NotNull(peer.Describe());
    }

    [Fact]
    public async Task A_good_bye_ends_streams_on_both_sides()
    {
        var (peer, host) = await DialAsync(new());
        var other = await host.Incoming.ReadAsync(_patience.Token);
        var stream = await peer.OpenStreamAsync("echo", cancel: _patience.Token);
        var reading = stream.ReadAsync(new byte[1], _patience.Token);
        await other.DisposeAsync();
        await Assert.ThrowsAnyAsync<IOException>(async () => await reading);
        await peer.Closed.WaitAsync(_patience.Token);
        await other.Closed.WaitAsync(_patience.Token);
    }

    [Fact]
    public async Task A_read_can_be_given_up_and_taken_up_again()
    {
        var (peer, _) = await DialAsync(new());
        await using var stream = await peer.OpenStreamAsync("echo", cancel: _patience.Token);
        using var impatience = new CancellationTokenSource();
        var reading = stream.ReadAsync(new byte[1], impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
        await stream.WriteAsync(new byte[] { 9 }, _patience.Token);
        var buffer = new byte[1];
        Assert.Equal(1, await stream.ReadAsync(buffer, _patience.Token));
        Assert.Equal(9, buffer[0]);
    }

    private async Task<(Peer Peer, HawserNode Host)> DialAsync(LoopbackNetwork network, IDatagramSocket? socket = null)
    {
        var host = Start(network.Bind(), _inbox.Path);
        host.Expose("echo", "builtin", "anyone");
        host.Expose("file", "builtin", "anyone");
        host.Expose("secret", "builtin");
        var node = Start(socket ?? network.Bind(), null);
        return (await node.DialAsync(host.Local, host.Key, _patience.Token), host);
    }

    private HawserNode Start(IDatagramSocket socket, string? inbox)
    {
        var node = HawserNode.Start(new() { Secret = RandomNumberGenerator.GetBytes(32), Socket = socket, Inbox = inbox });
        _nodes.Add(node);
        return node;
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new SimRandom(7).Fill(bytes);
        return bytes;
    }
}
