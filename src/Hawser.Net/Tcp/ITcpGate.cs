using Hawser.Net.Pump;
using Hawser.Session.Tcp;

namespace Hawser.Net.Tcp;

/// <summary>The way to a machine's TCP side, under the lock of whoever drives the machine.</summary>
internal interface ITcpGate
{
    /// <summary>Runs a command, and lets the machine draw its consequences. A static lambda costs no allocation.</summary>
    void Feed<T>(T argument, Action<TcpChannels, Moment, T> command)
        where T : allows ref struct;
}

/// <summary>Reaches the TCP side of a machine that a pump drives.</summary>
internal sealed class PumpGate<TMachine, TEvent>(MachinePump<TMachine, TEvent> pump) : ITcpGate
    where TMachine : class, IDatagramMachine, IMachine<TEvent>, ITcpHolder
    where TEvent : class
{
    public void Feed<T>(T argument, Action<TcpChannels, Moment, T> command)
        where T : allows ref struct =>
        pump.Feed(new Call<T>(argument, command), static (machine, now, call) => call.Command(machine.Tcp, now, call.Argument));

    private readonly ref struct Call<T>(T argument, Action<TcpChannels, Moment, T> command)
        where T : allows ref struct
    {
        public readonly T Argument = argument;
        public readonly Action<TcpChannels, Moment, T> Command = command;
    }
}
