#!/usr/bin/perl
# Reads columns of a device with SNMP::Info, opened as Netdisco opens it (App::Netdisco::Transport::SNMP: class found by
# itself, BulkWalk with 20 repeaters, MIB folders of netdisco-mibs), and says what it took.
# snmp-info.pl HOST PORT COMMUNITY MIBFOLDER MODULE__column ...
use strict;
use warnings;
use Time::HiRes 'time';

my ( $host, $port, $community, $mibs, @columns ) = @ARGV;
my $begun = time;
require SNMP::Info;
my $loaded = time;
opendir( my $folder, $mibs ) or die "$mibs: $!";
my @folders = map {"$mibs/$_"} grep { !/^\./ && -d "$mibs/$_" } sort readdir $folder;
my $device = SNMP::Info->new(
    AutoSpecify       => 1,
    DestHost          => $host,
    RemotePort        => $port,
    Community         => $community,
    Version           => 2,
    MibDirs           => \@folders,
    IgnoreNetSNMPConf => 1,
    BulkWalk          => 1,
    BulkRepeaters     => 20,
    Retries           => 1,
    Timeout           => 3_000_000,
) or die "no answer\n";
# A column of a MIB that the class found does not use is read all the same.
my %modules = map { ( my $module = $_ ) =~ s/__.*//; $module =~ s/_/-/g; ( $module => 1 ) } @columns;
SNMP::loadModules( sort keys %modules );
my $connected = time;
my @rows;
for my $column (@columns) {
    my $read = $device->$column();
    push @rows, ref $read eq 'HASH' ? scalar keys %$read : 0;
}
my $ended = time;
printf "{\"version\":\"%s\",\"class\":\"%s\",\"load\":%.3f,\"connect\":%.3f,\"read\":%.3f,\"rows\":[%s]}\n",
    $SNMP::Info::VERSION, ref $device, map( { $_ * 1000 } $loaded - $begun, $connected - $loaded, $ended - $connected ),
    join ',', @rows;
