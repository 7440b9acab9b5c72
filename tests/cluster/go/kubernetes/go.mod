module kubernetes

go 1.22
