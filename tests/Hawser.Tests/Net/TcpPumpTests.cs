using System.Net.Sockets;
using Hawser.Net.Sockets;
using Hawser.Session.Tcp;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Net;

/// <summary>Channels through real sockets, with each way of waiting for them.</summary>
public sealed class TcpPumpTests : IDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    public void Dispose() => _patience.Dispose();

    public static TheoryData<bool> Ways => OperatingSystem.IsLinux() ? [true, false] : [false];

    [Theory, MemberData(nameof(Ways))]
    public async Task Many_connect_at_once_and_each_is_let_in_and_its_end_is_seen(bool epoll)
    {
        const int Many = 100;
        using var host = new TcpSide(Readiness(epoll), listens: true);
        using var guest = new TcpSide(Readiness(epoll), listens: false);
        for (var i = 0; i < Many; i++) guest.Connect(host);
        for (var i = 0; i < Many; i++) await host.NextAsync<EndpointEvent.Established>(_patience.Token);
        for (var i = 0; i < Many; i++)
        {
            var up = await guest.NextAsync<EndpointEvent.Established>(_patience.Token);
            guest.Feed(up.Connection, static (channels, now, id) => channels.Close(now, id, CloseReason.SelfDisconnect));
        }

        for (var i = 0; i < Many; i++) await host.NextAsync<EndpointEvent.Closed>(_patience.Token);
        Assert.Equal(0, host.Channels.OpenCount);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task More_than_all_buffers_hold_comes_whole_though_its_reader_begins_late(bool epoll)
    {
        using var host = new TcpSide(Readiness(epoll), listens: true);
        using var guest = new TcpSide(Readiness(epoll), listens: false);
        guest.Connect(host);
        var (at, from) = (await host.NextAsync<EndpointEvent.Established>(_patience.Token), await guest.NextAsync<EndpointEvent.Established>(_patience.Token));
        var bytes = new byte[12 << 20];
        new Random(1).NextBytes(bytes);
        var stream = 0u;
        guest.Feed(from.Connection, (channels, now, id) => stream = channels.OpenStream(now, id));
        var writing = guest.WriteAsync(from.Connection, stream, bytes, _patience.Token);
        await host.NextAsync<EndpointEvent.StreamOpened>(_patience.Token);
        Assert.False(writing.IsCompleted);
        var came = await host.ReadAsync(at.Connection, stream, _patience.Token);
        Assert.True(bytes.AsSpan().SequenceEqual(came));
        await writing;
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Who_hangs_up_in_the_middle_of_a_frame_is_gone_and_others_are_not(bool epoll)
    {
        using var host = new TcpSide(Readiness(epoll), listens: true);
        using var guest = new TcpSide(Readiness(epoll), listens: false);
        using (var rude = new TcpClient())
        {
            await rude.ConnectAsync(host.Local.ToEndPoint(), _patience.Token);
            await rude.GetStream().WriteAsync(new byte[] { 0, 0, 1, 0, (byte)'N', 7 }, _patience.Token);
            rude.LingerState = new(true, 0); // a reset
        }

        guest.Connect(host);
        await guest.NextAsync<EndpointEvent.Established>(_patience.Token);
        await host.NextAsync<EndpointEvent.Established>(_patience.Token);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task What_comes_together_with_the_end_is_read_before_it(bool epoll)
    {
        using var host = new TcpSide(Readiness(epoll), listens: true);
        for (var i = 0; i < 5; i++)
        {
            using var rude = new TcpClient();
            await rude.ConnectAsync(host.Local.ToEndPoint(), _patience.Token);
            var stream = rude.GetStream();
            await stream.WriteAsync(new byte[] { 0, 0, 0, 1, (byte)'T' }, _patience.Token); // without it: LeftEarly
            rude.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal(new TcpNote.Silenced(TcpDrop.OutOfPlace), await host.Notes.ReadAsync(_patience.Token));
            Assert.Equal(0, await stream.ReadAsync(new byte[1], _patience.Token));
        }
    }

    private static IReadiness Readiness(bool epoll) => epoll ? new Epoll("receive test") : new AsyncReadiness();
}
